/** References of bulk operations to what others in the same request make (RFC 7644 §3.7.2). */
import type { BulkOperation } from './bulk.ts';
import { ENTERPRISE_USER_URN } from './enterprise-user.ts';
import { badRequest, ScimError } from './error.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

const PREFIX = 'bulkId:';
/** in a PATCH path: `members[value eq "bulkId:ann"]` */
const QUOTED = /"bulkId:([^"\\]*)"/g;

type Resolve = (bulkId: string) => string;

/** The bulkIds that an operation's path and data refer to. */
export function referencesOf({ path, data }: Pick<BulkOperation, 'path' | 'data'>): Set<string> {
  const found = new Set<string>();
  const note = (bulkId: string) => {
    found.add(bulkId);
    return bulkId;
  };
  substitutePath(path, note);
  if (data !== undefined) substitute(data, note);
  return found;
}

/** The bulkId that the path goes to, as in `/Groups/bulkId:team`. */
export function referenceInPath(path: string): string | undefined {
  let found: string | undefined;
  substitutePath(path, (bulkId) => {
    found = bulkId;
    return bulkId;
  });
  return found;
}

/** What the operations that make something have made so far, by bulkId. */
export class BulkReferences {
  private readonly made = new Map<string, string | undefined>();
  private readonly known: ReadonlySet<string>;

  constructor(operations: readonly BulkOperation[]) {
    this.known = new Set(operations.flatMap(({ method, bulkId }) => (method === 'POST' && bulkId ? [bulkId] : [])));
  }

  /** Without an id, the operation failed. */
  settle(bulkId: string, id: string | undefined): void {
    this.made.set(bulkId, id);
  }

  /**
   * Data or path with every reference replaced by the id.
   *
   * @throws ScimError 400 `invalidValue`: no POST of the request has the bulkId; 409: that operation failed, or is part
   *   of a circle that cannot be cut here
   */
  inData(data: Json): Json {
    return substitute(data, (bulkId) => this.resolve(bulkId));
  }

  /** The same for the path of an operation. */
  inPath(path: string): string {
    return substitutePath(path, (bulkId) => encodeURIComponent(this.resolve(bulkId)));
  }

  private resolve(bulkId: string): string {
    const id = this.made.get(bulkId);
    if (id !== undefined) return id;
    if (!this.known.has(bulkId)) {
      throw badRequest('invalidValue', 'A bulkId is referred to that no POST of this request has. Correct it.');
    }
    throw new ScimError(
      409,
      this.made.has(bulkId)
        ? 'The operation whose bulkId is referred to failed. Mend that one and send both again.'
        : 'The operations refer to each other in a circle that cannot be resolved. Send the reference afterwards.',
    );
  }
}

/**
 * The data of a POST without its references to what does not exist yet, and the PATCH operations that add them once it
 * does. Members of a group and the manager of a user can wait; a reference anywhere else stays where it is.
 */
export function postpone(data: Json, bulkIds: ReadonlySet<string>): { rest: Json; later: JsonObject[] } {
  if (!isObject(data) || bulkIds.size === 0) return { rest: data, later: [] };
  const later: JsonObject[] = [];
  const waits = (value: Json) => [...referencesOf({ path: '', data: value })].some((bulkId) => bulkIds.has(bulkId));
  const rest = mapEntries(data, (key, value) => {
    if (isNamed(key, 'members')) return withoutMembers(value, waits, later);
    if (isNamed(key, ENTERPRISE_USER_URN) && isObject(value)) return withoutManager(value, waits, later);
    return value;
  });
  return { rest, later };
}

function withoutMembers(value: Json, waits: (value: Json) => boolean, later: JsonObject[]): Json | undefined {
  const members = Array.isArray(value) ? value : [value];
  const waiting = members.filter(waits);
  if (waiting.length === 0) return value;
  later.push({ op: 'add', path: 'members', value: waiting });
  return members.filter((member) => !waiting.includes(member));
}

function withoutManager(extension: JsonObject, waits: (value: Json) => boolean, later: JsonObject[]): Json | undefined {
  const rest = mapEntries(extension, (key, value) => {
    if (!isNamed(key, 'manager') || !waits(value)) return value;
    later.push({ op: 'add', path: `${ENTERPRISE_USER_URN}:manager`, value });
    return undefined;
  });
  return Object.keys(rest).length > 0 ? rest : undefined;
}

function mapEntries(object: JsonObject, change: (key: string, value: Json) => Json | undefined): JsonObject {
  const changed: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const after = change(key, value);
    if (after !== undefined) changed[key] = after;
  }
  return changed;
}

function isNamed(key: string, name: string): boolean {
  return key.toLowerCase() === name.toLowerCase();
}

function substitute(value: Json, resolve: Resolve, key = ''): Json {
  if (typeof value === 'string') return substituteText(value, resolve, key);
  if (Array.isArray(value)) return value.map((item) => substitute(item, resolve, key));
  return isObject(value) ? mapEntries(value, (name, item) => substitute(item, resolve, name)) : value;
}

function substituteText(text: string, resolve: Resolve, key: string): string {
  if (text.startsWith(PREFIX)) return resolve(text.slice(PREFIX.length));
  if (isNamed(key, '$ref')) return substitutePath(text, resolve);
  if (!isNamed(key, 'path')) return text;
  return text.replaceAll(QUOTED, (_match, bulkId: string) => JSON.stringify(resolve(bulkId)));
}

/** A reference stands last in a URL or path. */
function substitutePath(path: string, resolve: Resolve): string {
  const start = path.lastIndexOf('/', path.endsWith('/') ? path.length - 2 : path.length) + 1;
  const segment = path.slice(start).replace(/\/$/, '');
  if (!segment.startsWith(PREFIX)) return path;
  return `${path.slice(0, start)}${resolve(segment.slice(PREFIX.length))}`;
}
