import type { Team } from '../harness/system.ts';
import type { Pattern } from './pattern.ts';

/** One request and what its answer must be. `{{name}}` stands for a variable in every text. */
export interface Step {
  /** method and path with its query as it reads before encoding: `GET /Users?filter=userName eq "{{userName}}"` */
  readonly request: string;
  /** an object goes as JSON; a text goes as it is */
  readonly body?: unknown;
  /** sends the body packed, as `Content-Encoding: gzip` */
  readonly gzip?: true;
  /** replace or add to the usual ones; null leaves one out */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly status: number | readonly number[];
  readonly expect?: Pattern;
  /** of response headers, by name in lower case */
  readonly header?: Readonly<Record<string, Pattern>>;
  /** variables to take from the answer: a dotted path into the body, or `header:name` */
  readonly keep?: Readonly<Record<string, string>>;
}

/** One line of a table. It fails at its first step that is not answered as it says. */
export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A case that needs more than requests: a client with a memory, or what the app does itself. Throws when it fails. */
export interface Scenario {
  readonly name: string;
  readonly run: (team: Team) => Promise<void>;
}

/** A table with a tenant of its own. */
export interface Section {
  readonly name: string;
  /** Requests that fill the tenant; what they keep is known to every case. */
  readonly before?: readonly Step[];
  /** On every request of the section. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly scope?: 'users' | 'users_and_groups';
  /** what the tenant's administrator defines first */
  readonly schemas?: readonly { readonly definition: object; readonly resourceType?: 'User' | 'Group' }[];
  /** what the administrator offers for discovery */
  readonly catalogue?: readonly Parameters<Team['addEntitlement']>[0][];
  readonly cases: readonly (Case | Scenario)[];
}
