import { badRequest, type ScimType } from './error.ts';
import { isObject, type Json } from './json.ts';
import { requireUrn } from './validate.ts';

export const SEARCH_REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

export const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const DEFAULT_COUNT = 100;
export const MAX_COUNT = 1000;

/** How long a cursor can be used (RFC 9865 §4, `cursorTimeout`). */
export const CURSOR_SECONDS = 3600;

/** RFC 7644 §3.4.3, with the cursor of RFC 9865 §2.1. */
const PARAMETERS = [
  'attributes',
  'excludedAttributes',
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
] as const;

export interface ListQuery {
  /** From 1. */
  startIndex: number;
  /** 0 asks for the total alone. */
  count: number;
  /** Paging by cursor (RFC 9865): empty for the first page, then the nextCursor of the page before. Absent: by index. */
  cursor?: string;
  /** As sent; see parseFilter. */
  filter?: string;
  attributes?: string[];
  excludedAttributes?: string[];
  sortBy?: string;
  sortOrder?: 'ascending' | 'descending';
}

/** T is what one resource looks like on the wire. */
export interface ListResponse<T> {
  schemas: [typeof LIST_RESPONSE_URN];
  totalResults: number;
  /** by index only */
  startIndex?: number;
  /** by cursor only, on every page but the last */
  nextCursor?: string;
  itemsPerPage: number;
  Resources: T[];
}

/**
 * Reads the query of a list request, or the body of a POST /.search (RFC 7644 §3.4.2, §3.4.3). Unknown parameters are
 * ignored. `startIndex` below 1 is 1, a negative `count` 0, a `count` above 1,000 is 1,000; absent, it is 100. With a
 * `cursor`, also an empty one, paging is by cursor and `startIndex` does not count (RFC 9865).
 *
 * @throws ScimError 400 `invalidValue`: a number that is not whole, a `startIndex` beyond 2^53, a parameter given twice, an unknown sort order,
 *   `attributes` together with `excludedAttributes`; `invalidCount`: a `count` that is no whole number or negative,
 *   with a cursor.
 */
export function readListQuery(query: Record<string, unknown>): ListQuery {
  const attributes = names(query, 'attributes');
  const excludedAttributes = names(query, 'excludedAttributes');
  if (attributes && excludedAttributes) {
    throw badRequest('invalidValue', `'attributes' and 'excludedAttributes' exclude each other. Send one of them.`);
  }
  const filter = text(query, 'filter');
  const cursor = text(query, 'cursor');
  const sortBy = text(query, 'sortBy');
  const sortOrder = readSortOrder(text(query, 'sortOrder'));
  return {
    startIndex: readStartIndex(query),
    count: Math.min(MAX_COUNT, cursor === undefined ? indexCount(query) : cursorCount(query)),
    ...(cursor !== undefined && { cursor }),
    ...(filter !== undefined && { filter }),
    ...(attributes && { attributes }),
    ...(excludedAttributes && { excludedAttributes }),
    ...(sortBy && { sortBy }),
    ...(sortOrder && { sortOrder }),
  };
}

/**
 * Reads the body of a POST /.search into the parameters of a list request (RFC 7644 §3.4.3), for {@link readListQuery}.
 * Its keys may have any case; what it does not know it leaves out.
 *
 * @throws ScimError 400 `invalidSyntax`: not a SearchRequest
 */
export function readSearchRequest(body: Json): Record<string, Json> {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object: a SearchRequest message.');
  const query: Record<string, Json> = {};
  let schemas: Json = null;
  for (const key of Object.keys(body)) {
    const value = body[key] ?? null;
    const lower = key.toLowerCase();
    if (lower === 'schemas') schemas = value;
    const parameter = PARAMETERS.find((name) => name.toLowerCase() === lower);
    if (parameter && value !== null) query[parameter] = value;
  }
  requireUrn(schemas, SEARCH_REQUEST_URN);
  return query;
}

/** RFC 7644 §3.4.2, Table 7. `itemsPerPage` is the number of resources on this page, not what was asked for. */
export function listResponse<T>(page: {
  totalResults: number;
  startIndex?: number | undefined;
  nextCursor?: string | undefined;
  resources: T[];
}): ListResponse<T> {
  return {
    schemas: [LIST_RESPONSE_URN],
    totalResults: page.totalResults,
    ...(page.startIndex !== undefined && { startIndex: page.startIndex }),
    ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }),
    itemsPerPage: page.resources.length,
    Resources: page.resources,
  };
}

function indexCount(query: Record<string, unknown>): number {
  return Math.max(0, integer(query, 'count') ?? DEFAULT_COUNT);
}

function cursorCount(query: Record<string, unknown>): number {
  const count = integer(query, 'count', 'invalidCount') ?? DEFAULT_COUNT;
  if (count < 0) throw badRequest('invalidCount', `'count' must be from 0 to ${MAX_COUNT}.`);
  return count;
}

function own(query: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(query, name) ? (query[name] ?? undefined) : undefined;
}

function text(query: Record<string, unknown>, name: string): string | undefined {
  const value = own(query, name);
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest('invalidValue', `'${name}' must be given once, as a text.`);
}

function integer(query: Record<string, unknown>, name: string, fault: ScimType = 'invalidValue'): number | undefined {
  const value = own(query, name);
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string' || typeof value === 'number') {
    const number = Number(value);
    if (/^\s*[+-]?\d+\s*$/.test(String(value)) && Number.isFinite(number)) {
      return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, number));
    }
  }
  throw badRequest(fault, `'${name}' must be a whole number, given once.`);
}

/** No list is that long: a start that cannot be counted to is a mistake, unlike a count that asks for all there is. */
function readStartIndex(query: Record<string, unknown>): number {
  const start = Math.max(1, integer(query, 'startIndex') ?? 1);
  if (start < Number.MAX_SAFE_INTEGER) return start;
  throw badRequest('invalidValue', `'startIndex' is larger than any list. Send a smaller number.`);
}

/** A comma-separated list; repeated parameters and JSON lists add up. Nothing but commas is as good as absent. */
function names(query: Record<string, unknown>, name: string): string[] | undefined {
  const value = own(query, name);
  if (value === undefined) return undefined;
  const parts: unknown[] = Array.isArray(value) ? value : [value];
  const found = parts.flatMap((part) => {
    if (typeof part !== 'string')
      throw badRequest('invalidValue', `'${name}' must be attribute names joined by commas.`);
    return part.split(',').flatMap((item) => item.trim() || []);
  });
  return found.length > 0 ? found : undefined;
}

function readSortOrder(given: string | undefined): ListQuery['sortOrder'] {
  if (given === undefined || given === '') return undefined;
  const order = given.toLowerCase();
  if (order === 'ascending' || order === 'descending') return order;
  throw badRequest('invalidValue', `'sortOrder' must be ascending or descending.`);
}
