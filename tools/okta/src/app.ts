import { mapBounded } from './bounded.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { importAll, lookUp, readPage, type Spaces } from './pages.ts';
import { type Person, placeholderPassword } from './people.ts';
import { OktaTask } from './task.ts';
import type { Answer, Method, ScimTransport } from './transport.ts';

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** `custom`: an app an administrator makes; it PUTs everything. `catalogue`: from Okta's integration network. */
export type Style = 'custom' | 'catalogue';

export interface AppOptions {
  transport: ScimTransport;
  style: Style;
  spaces?: Spaces;
  /** Map title and the enterprise extension (department, employeeNumber) too; Okta's default mapping does not. */
  enterprise?: boolean;
}

export interface Assignment {
  person: Person;
  /** The service's id, which Okta keeps from now on. */
  id: string;
  how: 'created' | 'linked';
}

export interface GroupAssignment {
  assigned: Assignment[];
  /** The people Okta could not provision; the others are not held up. */
  tasks: OktaTask[];
}

/** Okta's probes when an administrator presses "Test API Credentials", by age and kind of the app. */
const probes = {
  current: '/Users?startIndex=1&count=2',
  older: '/Users?startIndex=1&count=1',
  groups: '/Groups?startIndex=1&count=100',
} as const;

/**
 * One app integration in Okta: assigns people to the service and keeps the service's id for each of them.
 * Every method throws {@link OktaTask} when the service does not answer as Okta needs.
 */
export class OktaApp {
  readonly transport: ScimTransport;
  readonly style: Style;
  readonly spaces: Spaces;
  private readonly enterprise: boolean;
  private readonly kept = new Map<string, string>();

  constructor(options: AppOptions) {
    this.transport = options.transport;
    this.style = options.style;
    this.spaces = options.spaces ?? '%20';
    this.enterprise = options.enterprise ?? false;
  }

  /** "Test API Credentials". Resolves when the service says yes; a 401 is thrown as an OktaTask. */
  async testCredentials(probe: keyof typeof probes = 'current'): Promise<void> {
    readPage(probes[probe], await this.transport.request('GET', probes[probe]));
  }

  /** "Import Now": every user, page by page; see {@link importAll} for what is checked. */
  importUsers(): Promise<JsonObject[]> {
    return importAll(this.transport, '/Users');
  }

  importGroups(): Promise<JsonObject[]> {
    return importAll(this.transport, '/Groups');
  }

  /** The service's id for a person assigned before. Throws an Error (a mistake of the caller) when there is none. */
  idOf(who: Person): string {
    const id = this.kept.get(who.externalId);
    if (id === undefined) throw new Error(`${who.login} is not assigned to this app`);
    return id;
  }

  /** Looks a login up by filter, as Okta does before a create. */
  findUser(login: string): Promise<(JsonObject & { id: string }) | undefined> {
    return lookUp(this.transport, '/Users', 'userName', login, this.spaces);
  }

  /**
   * Assigns a person: looked up by userName; created when not found; when found the id is kept, the user read, and
   * the merged copy put back with the service's own read-only attributes in it (they are to be ignored, not refused).
   * With `lookup: false` the POST comes first, as has been seen for people assigned again; the 409 then has to be
   * resolved by a lookup that finds the user, or Okta repeats the create for ever.
   */
  async assign(who: Person, { lookup = true }: { lookup?: boolean } = {}): Promise<Assignment> {
    const found = lookup ? await this.findUser(who.login) : undefined;
    if (found !== undefined) return this.link(who, found.id);
    try {
      return await this.create(who);
    } catch (error) {
      if (lookup || !(error instanceof OktaTask) || error.status !== 409) throw error;
      const existing = await this.findUser(who.login);
      if (existing === undefined) throw error;
      return this.link(who, existing.id);
    }
  }

  /**
   * Assigns an Okta group on the Assignments tab: its people are provisioned a few at a time, and nothing is sent
   * about the group itself.
   */
  async assignGroup(members: readonly Person[], { concurrency = 10 } = {}): Promise<GroupAssignment> {
    const tasks: OktaTask[] = [];
    const assigned: Assignment[] = [];
    const outcomes = await mapBounded(members, concurrency, async (who) => {
      try {
        return await this.assign(who);
      } catch (error) {
        if (error instanceof OktaTask) return error;
        throw error;
      }
    });
    for (const outcome of outcomes) {
      if (outcome instanceof OktaTask) tasks.push(outcome);
      else assigned.push(outcome);
    }
    return { assigned, tasks };
  }

  /** Sends a changed profile: GET, then PUT of the merged copy; both styles do this. */
  async update(who: Person): Promise<void> {
    await this.put(who, this.idOf(who), {});
  }

  /** Sends a new password, as apps with password sync do. The service must neither keep nor return it. */
  async pushPassword(who: Person, password: string): Promise<void> {
    if (this.style === 'custom') await this.put(who, this.idOf(who), { password });
    else await this.patch(who, { password });
  }

  deactivate(who: Person): Promise<void> {
    return this.setActive(who, false);
  }

  reactivate(who: Person): Promise<void> {
    return this.setActive(who, true);
  }

  /** Takes the app away from a person: deactivated and forgotten, never deleted. The next assign looks them up again. */
  async unassign(who: Person): Promise<void> {
    await this.setActive(who, false);
    this.kept.delete(who.externalId);
  }

  private async setActive(who: Person, active: boolean): Promise<void> {
    if (this.style === 'custom') await this.put(who, this.idOf(who), { active });
    else await this.patch(who, { active });
  }

  private async create(who: Person): Promise<Assignment> {
    const answer = await this.transport.request('POST', '/Users', this.newUser(who));
    const user = fullUser('POST', '/Users', answer, 201, who.login);
    if (user.active !== true) throw bad('POST', '/Users', answer, 'the user was created active but is not');
    this.kept.set(who.externalId, user.id);
    return { person: who, id: user.id, how: 'created' };
  }

  private async link(who: Person, id: string): Promise<Assignment> {
    await this.put(who, id, { active: true });
    this.kept.set(who.externalId, id);
    return { person: who, id, how: 'linked' };
  }

  private async put(who: Person, id: string, change: { active?: boolean; password?: string }): Promise<void> {
    const path = `/Users/${encodeURIComponent(id)}`;
    const read = fullUser('GET', path, await this.transport.request('GET', path), 200);
    const copy = { ...this.merged(read, who), ...change };
    const answer = await this.transport.request('PUT', path, copy);
    const user = fullUser('PUT', path, answer, 200, who.login);
    if (user.id !== id) throw bad('PUT', path, answer, `the id changed to ${user.id}`);
    if (user.active !== copy.active)
      throw bad('PUT', path, answer, `active was sent as ${copy.active} and did not stay`);
  }

  private async patch(who: Person, value: { active: boolean } | { password: string }): Promise<void> {
    const path = `/Users/${encodeURIComponent(this.idOf(who))}`;
    const body = { schemas: [patchSchema], Operations: [{ op: 'replace', value }] };
    const answer = await this.transport.request('PATCH', path, body);
    if (answer.status === 204) return;
    const user = fullUser('PATCH', path, answer, 200);
    if ('active' in value && user.active !== value.active) {
      throw bad('PATCH', path, answer, `active was sent as ${value.active} and did not stay`);
    }
  }

  private newUser(who: Person): JsonObject {
    const { schemas, userName, name, emails, displayName, locale, externalId, ...mapped } = this.profile(who);
    return {
      schemas,
      userName,
      name,
      emails,
      displayName,
      locale,
      externalId,
      groups: [],
      password: placeholderPassword(who),
      active: true,
      ...mapped,
    };
  }

  private profile(who: Person) {
    return {
      schemas: this.enterprise ? [userSchema, enterpriseSchema] : [userSchema],
      userName: who.login,
      name: { givenName: who.givenName, familyName: who.familyName },
      emails: [{ primary: true, value: who.login, type: 'work' }],
      displayName: who.displayName,
      locale: who.locale,
      externalId: who.externalId,
      ...(this.enterprise
        ? {
            title: who.title,
            [enterpriseSchema]: { employeeNumber: who.employeeNumber, department: who.department },
          }
        : {}),
    };
  }

  /** The service's copy with Okta's profile laid over it: what the service owns (id, meta, groups) is sent back. */
  private merged(read: JsonObject, who: Person): JsonObject {
    const profile = this.profile(who);
    const schemas = Array.isArray(read.schemas) ? read.schemas : [];
    const emails = Array.isArray(read.emails) ? read.emails.filter(isJsonObject) : [];
    const others = emails.filter((email) => email.type !== 'work').map((email) => ({ ...email, primary: false }));
    return {
      ...read,
      ...profile,
      schemas: [...new Set([...schemas, ...profile.schemas])],
      name: { ...(isJsonObject(read.name) ? withoutFormatted(read.name) : {}), ...profile.name },
      emails: [...profile.emails, ...others],
      groups: read.groups ?? [],
    };
  }
}

/** A formatted name read earlier would contradict the changed parts. */
function withoutFormatted({ formatted: _, ...parts }: JsonObject): JsonObject {
  return parts;
}

function bad(method: Method, path: string, answer: Answer, detail: string): OktaTask {
  return new OktaTask({ method, path, status: answer.status, detail, requestId: answer.requestId });
}

/** Okta needs the whole user back: an id, the userName, active as a boolean, and no password. */
function fullUser(
  method: Method,
  path: string,
  answer: Answer,
  expected: number,
  login?: string,
): JsonObject & { id: string } {
  const { body } = answer;
  if (answer.status !== expected) throw bad(method, path, answer, `${expected} was expected`);
  if (!isJsonObject(body)) throw bad(method, path, answer, 'the user was expected in the body');
  if (typeof body.id !== 'string' || body.id === '') throw bad(method, path, answer, 'the user has no id');
  if (typeof body.userName !== 'string') throw bad(method, path, answer, 'the user has no userName');
  if (login !== undefined && body.userName.toLowerCase() !== login.toLowerCase()) {
    throw bad(method, path, answer, 'the userName is not the one that was sent');
  }
  if (typeof body.active !== 'boolean') throw bad(method, path, answer, 'active is not a boolean');
  if ('password' in body) throw bad(method, path, answer, 'the password was returned');
  return { ...body, id: body.id };
}
