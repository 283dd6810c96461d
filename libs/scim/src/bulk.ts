/** The messages of bulk (RFC 7644 §3.7): reading the request, writing the response. */
import { badRequest, type ErrorBody, ScimError } from './error.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { fieldsOf } from './patch.ts';
import { requireUrn } from './validate.ts';

export const BULK_REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const BULK_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

export const MAX_BULK_OPERATIONS = 1000;
/** bytes of the body */
export const MAX_BULK_BYTES = 1_048_576;

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type BulkMethod = (typeof METHODS)[number];

export interface BulkOperation {
  readonly method: BulkMethod;
  /** as it came, such as `/Users/2819c223`; what it leads to is known by {@link bulkTarget} */
  readonly path: string;
  readonly bulkId?: string;
  /** an entity tag that the resource must still have, as in If-Match */
  readonly version?: string;
  readonly data?: Json;
}

export interface BulkRequest {
  readonly operations: readonly BulkOperation[];
  /** the number of failed operations after which no other is begun */
  readonly failOnErrors?: number;
}

/** What became of one operation. */
export interface BulkResult {
  readonly operation: BulkOperation;
  readonly status: number;
  readonly location?: string;
  /** entity tag */
  readonly version?: string;
  /** of an operation that failed */
  readonly response?: ErrorBody | Json;
}

/**
 * Reads a BulkRequest (RFC 7644 §3.7). The whole message is checked before anything of it runs: a client that does not
 * speak the protocol must not change half of what it meant. What is wrong with the resource of one operation (its path,
 * its data) is that operation's failure and found when it runs.
 *
 * @throws ScimError 413: more than 1,000 operations.
 * @throws ScimError 400 `invalidSyntax`: not a BulkRequest, no operations, an operation without method or path, a POST
 *   without bulkId; `invalidValue`: a bulkId given twice, `failOnErrors` that is no whole number from 1.
 */
export function readBulk(body: Json): BulkRequest {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object: a BulkRequest message.');
  const { schemas, operations, failonerrors } = fieldsOf(body, ['schemas', 'operations', 'failonerrors']);
  requireUrn(schemas ?? null, BULK_REQUEST_URN);
  if (!Array.isArray(operations) || operations.length === 0) {
    throw badRequest('invalidSyntax', `'Operations' must be a list with at least one operation.`);
  }
  if (operations.length > MAX_BULK_OPERATIONS) throw tooManyOperations();
  const failOnErrors = readFailOnErrors(failonerrors ?? null);
  const read = operations.map(readOperation);
  refuseRepeatedIds(read);
  return { operations: read, ...(failOnErrors !== undefined && { failOnErrors }) };
}

/** @throws ScimError 413 that names the limit: the body has more bytes than bulk takes (RFC 7644 §3.7.4) */
export function refuseLargeBulk(bytes: number): void {
  if (bytes > MAX_BULK_BYTES) throw tooManyBytes();
}

export function tooManyBytes(): ScimError {
  return new ScimError(
    413,
    `The body is larger than maxPayloadSize, ${MAX_BULK_BYTES} bytes (1 MB). Send the operations in several requests.`,
  );
}

/**
 * The endpoint and the id that an operation's path leads to, such as `/Users` and `2819c223`. An id may still be a
 * reference (`bulkId:ann`).
 *
 * @throws ScimError 404: the path is none of a resource; 405: a method that the path does not have
 */
export function bulkTarget<T extends { readonly endpoint: string }>(
  { method, path }: Pick<BulkOperation, 'method' | 'path'>,
  types: readonly T[],
): { type: T; id: string | undefined } {
  const [before, endpoint, id, ...more] = path.replace(/\/$/, '').split('/');
  const type = types.find((each) => each.endpoint === `/${endpoint}`);
  if (before !== '' || !type || more.length > 0 || id === '') {
    throw new ScimError(404, `The operation's path leads to nothing. Send /Users or /Groups, and an id but for POST.`);
  }
  if ((method === 'POST') !== (id === undefined)) {
    throw new ScimError(405, `${method} is not possible on this path. POST goes without an id, all others with one.`);
  }
  return { type, id: id === undefined ? undefined : decoded(id) };
}

/** The BulkResponse (RFC 7644 §3.7.3). Operations that did not run are not in it; what they are given in is their order. */
export function bulkResponse(results: readonly BulkResult[]): JsonObject {
  return {
    schemas: [BULK_RESPONSE_URN],
    Operations: results.map(({ operation: { method, bulkId }, status, location, version, response }) => ({
      method,
      ...(bulkId !== undefined && { bulkId }),
      ...(location !== undefined && { location }),
      ...(version !== undefined && { version }),
      status: String(status),
      ...(response !== undefined && { response: response as Json }),
    })),
  };
}

function readOperation(given: Json, index: number): BulkOperation {
  const where = `Operations[${index}]`;
  if (!isObject(given)) throw badRequest('invalidSyntax', `${where} must be an object.`);
  const { method, path, bulkid, version, data } = fieldsOf(given, ['method', 'path', 'bulkid', 'version', 'data']);
  const verb = typeof method === 'string' ? method.toUpperCase() : undefined;
  const known = METHODS.find((each) => each === verb);
  if (!known) throw badRequest('invalidSyntax', `${where}: 'method' must be POST, PUT, PATCH or DELETE.`);
  if (typeof path !== 'string') throw badRequest('invalidSyntax', `${where}: 'path' must be a text such as /Users.`);
  const bulkId = readText(bulkid, `${where}: 'bulkId'`);
  if (known === 'POST' && bulkId === undefined) {
    throw badRequest('invalidSyntax', `${where}: a POST needs a 'bulkId', any text that no other operation has.`);
  }
  const etag = readText(version, `${where}: 'version'`);
  return {
    method: known,
    path,
    ...(bulkId !== undefined && { bulkId }),
    ...(etag !== undefined && { version: etag }),
    ...(data !== undefined && { data }),
  };
}

function readText(value: Json | undefined, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw badRequest('invalidSyntax', `${name} must be a text that is not empty.`);
}

function readFailOnErrors(value: Json): number | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw badRequest('invalidValue', `'failOnErrors' must be a whole number from 1.`);
}

function refuseRepeatedIds(operations: readonly BulkOperation[]): void {
  const seen = new Set<string>();
  for (const [index, { bulkId }] of operations.entries()) {
    if (bulkId === undefined) continue;
    if (seen.has(bulkId)) {
      throw badRequest(
        'invalidValue',
        `Operations[${index}]: its 'bulkId' is another operation's too. Send a new one.`,
      );
    }
    seen.add(bulkId);
  }
}

function tooManyOperations(): ScimError {
  return new ScimError(
    413,
    `There are more than maxOperations, ${MAX_BULK_OPERATIONS}, operations. Send them in several requests.`,
  );
}

/** An id that cannot be decoded is one that nobody has, and is answered as such. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
