import { gzipSync } from 'node:zlib';
import { groupType } from '#scim/group';
import type { ResourceType } from '#scim/schema';
import { userType } from '#scim/user';
import { pick, type Random, whole } from '../harness/random.ts';
import { filterFor, type Known, nameFor, operationsFor, resourceFor, someId } from './shapes.ts';

export interface FuzzRequest {
  method: string;
  /** below the base URL */
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array;
}

const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';
const SCIM_JSON = 'application/scim+json';

/** A request as a client might send it: well formed, about something that may exist, and mostly legal. */
export function requestFor(next: Random, known: Known): FuzzRequest {
  const type = next() < 0.7 ? userType : groupType;
  const one = () => `${type.endpoint}/${someOf(next, type, known)}`;
  const kind = next();
  if (kind < 0.2) return sent(next, 'POST', type.endpoint, resourceFor(next, type, known));
  if (kind < 0.3) return sent(next, 'PUT', one(), resourceFor(next, type, known));
  if (kind < 0.5) return sent(next, 'PATCH', one(), patch(operationsFor(next, type, known)));
  if (kind < 0.56) return asked(next, 'DELETE', one());
  if (kind < 0.68) return asked(next, pick(next, ['GET', 'GET', 'HEAD']), `${one()}${projection(next, type)}`);
  if (kind < 0.88) return asked(next, 'GET', `${type.endpoint}?${new URLSearchParams(query(next, type, known))}`);
  if (kind < 0.93)
    return sent(next, 'POST', pick(next, ['/.search', `${type.endpoint}/.search`]), search(next, type, known));
  if (kind < 0.97) return sent(next, 'POST', '/Bulk', bulk(next, known));
  return asked(
    next,
    'GET',
    pick(next, ['/', '/ServiceProviderConfig', '/ResourceTypes', '/Schemas', '/Me', '/Nothing']),
  );
}

function someOf(next: Random, type: ResourceType, known: Known): string {
  const ids = type === userType ? known.users : known.groups;
  return ids.length === 0 || next() < 0.05 ? someId(next, known) : pick(next, ids);
}

function asked(next: Random, method: string, path: string): FuzzRequest {
  const tag = next() < 0.1 ? { [pick(next, ['if-match', 'if-none-match'])]: `W/"${whole(next, 1, 5)}"` } : {};
  return { method, path, headers: { accept: SCIM_JSON, ...tag } };
}

function sent(next: Random, method: string, path: string, body: object): FuzzRequest {
  const { headers } = asked(next, method, path);
  const text = Buffer.from(JSON.stringify(body));
  const packed = next() < 0.1;
  return {
    method,
    path,
    headers: { ...headers, 'content-type': SCIM_JSON, ...(packed && { 'content-encoding': 'gzip' }) },
    body: new Uint8Array(packed ? gzipSync(text) : text),
  };
}

function patch(operations: object[]): object {
  return { schemas: [`${MESSAGES}:PatchOp`], Operations: operations };
}

function projection(next: Random, type: ResourceType): string {
  if (next() < 0.6) return '';
  const names = Array.from({ length: whole(next, 1, 3) }, () => nameFor(next, type));
  return `?${new URLSearchParams({ [pick(next, ['attributes', 'excludedAttributes'])]: names.join() })}`;
}

function query(next: Random, type: ResourceType, known: Known): Record<string, string> {
  const byCursor = next() < 0.2;
  return {
    ...(next() < 0.7 && { filter: filterFor(next, type, known) }),
    ...(next() < 0.3 && { sortBy: nameFor(next, type) }),
    ...(next() < 0.2 && { sortOrder: pick(next, ['ascending', 'descending', 'sideways']) }),
    ...(next() < 0.4 && { count: String(whole(next, -1, 30)) }),
    ...(byCursor && { cursor: known.cursors.length > 0 && next() < 0.7 ? pick(next, known.cursors) : '' }),
    ...(!byCursor && next() < 0.4 && { startIndex: String(whole(next, -1, 500)) }),
    ...(next() < 0.2 && { attributes: nameFor(next, type) }),
  };
}

function search(next: Random, type: ResourceType, known: Known): object {
  const { count, startIndex, attributes, ...rest } = query(next, type, known);
  return {
    schemas: [`${MESSAGES}:SearchRequest`],
    ...rest,
    ...(count !== undefined && { count: Number(count) }),
    ...(startIndex !== undefined && { startIndex: Number(startIndex) }),
    ...(attributes !== undefined && { attributes: [attributes] }),
  };
}

function bulk(next: Random, known: Known): object {
  const operations = Array.from({ length: whole(next, 1, 4) }, (_, index) => {
    const type = next() < 0.7 ? userType : groupType;
    const path = `${type.endpoint}/${next() < 0.2 ? `bulkId:${whole(next, 0, 3)}` : someOf(next, type, known)}`;
    switch (pick(next, ['POST', 'POST', 'PUT', 'PATCH', 'DELETE'])) {
      case 'POST':
        return { method: 'POST', path: type.endpoint, bulkId: String(index), data: resourceFor(next, type, known) };
      case 'PUT':
        return { method: 'PUT', path, data: resourceFor(next, type, known) };
      case 'PATCH':
        return { method: 'PATCH', path, data: patch(operationsFor(next, type, known)) };
      default:
        return { method: 'DELETE', path };
    }
  });
  return {
    schemas: [`${MESSAGES}:BulkRequest`],
    ...(next() < 0.3 && { failOnErrors: whole(next, 1, 3) }),
    Operations: operations,
  };
}
