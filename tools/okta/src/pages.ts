import { isJsonObject, type JsonObject } from './json.ts';
import { OktaTask } from './task.ts';
import type { Answer, ScimTransport } from './transport.ts';

const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** Okta's page size; it advances by this number whatever the page held. */
export const pageSize = 100;

export interface Page {
  totalResults: number;
  resources: JsonObject[];
}

/**
 * Reads a ListResponse (RFC 7644 §3.4.2). Okta breaks on numbers that are strings, so they must be JSON integers.
 * @throws OktaTask naming what is wrong with it
 */
export function readPage(path: string, answer: Answer): Page {
  const fault = (detail: string): OktaTask =>
    new OktaTask({ method: 'GET', path, status: answer.status, detail, requestId: answer.requestId });
  const { body } = answer;
  if (answer.status !== 200) throw fault('a list is answered with 200');
  if (!isJsonObject(body)) throw fault('the list is not a JSON object');
  if (!Array.isArray(body.schemas) || !body.schemas.includes(listSchema)) throw fault('the list is no ListResponse');
  const total = body.totalResults;
  if (typeof total !== 'number' || !Number.isInteger(total)) throw fault('totalResults is not a JSON integer');
  for (const name of ['startIndex', 'itemsPerPage']) {
    if (body[name] !== undefined && !Number.isInteger(body[name])) throw fault(`${name} is not a JSON integer`);
  }
  const resources: unknown[] = Array.isArray(body.Resources) ? body.Resources : [];
  if (!resources.every(isJsonObject)) throw fault('Resources holds something that is not an object');
  if (resources.some((resource) => typeof resource.id !== 'string')) throw fault('a resource has no id');
  if (Number.isInteger(body.itemsPerPage) && body.itemsPerPage !== resources.length) {
    throw fault(`itemsPerPage is ${body.itemsPerPage}, the page holds ${resources.length}`);
  }
  return { totalResults: total, resources };
}

/**
 * Reads every page as an import does: startIndex 1, 101, 201, … while totalResults is larger.
 * @throws OktaTask when a page is longer than asked, an id comes twice (the order is not stable), or the pages end
 * with fewer resources than totalResults says (Okta would take the rest for deleted)
 */
export async function importAll(transport: ScimTransport, endpoint: '/Users' | '/Groups'): Promise<JsonObject[]> {
  const byId = new Map<unknown, JsonObject>();
  for (let startIndex = 1; ; startIndex += pageSize) {
    const path = `${endpoint}?startIndex=${startIndex}&count=${pageSize}`;
    const answer = await transport.request('GET', path);
    const { totalResults, resources } = readPage(path, answer);
    const fault = (detail: string): OktaTask =>
      new OktaTask({ method: 'GET', path, status: answer.status, detail, requestId: answer.requestId });
    if (resources.length > pageSize) throw fault(`${resources.length} resources on a page of ${pageSize}`);
    for (const resource of resources) {
      if (byId.has(resource.id)) throw fault(`id ${resource.id} came on an earlier page already: order is not stable`);
      byId.set(resource.id, resource);
    }
    if (totalResults >= startIndex + pageSize) continue;
    if (byId.size !== totalResults) throw fault(`totalResults is ${totalResults}, the pages held ${byId.size}`);
    return [...byId.values()];
  }
}

/** How spaces in a query are written: both have been seen from Okta. */
export type Spaces = '%20' | '+';

/** The query Okta asks before it creates something: `?filter=<attribute> eq "<value>"&startIndex=1&count=100`. */
export function lookupPath(endpoint: '/Users' | '/Groups', attribute: string, value: string, spaces: Spaces): string {
  const filter = encodeURIComponent(`${attribute} eq ${JSON.stringify(value)}`).replaceAll('%20', spaces);
  return `${endpoint}?filter=${filter}&startIndex=1&count=${pageSize}`;
}

/**
 * Looks a resource up by name. No match must be 200 with totalResults 0; inactive users must be found too.
 * @throws OktaTask also when more than one matches, or when the match has another name
 */
export async function lookUp(
  transport: ScimTransport,
  endpoint: '/Users' | '/Groups',
  attribute: 'userName' | 'displayName',
  value: string,
  spaces: Spaces,
): Promise<(JsonObject & { id: string }) | undefined> {
  const path = lookupPath(endpoint, attribute, value, spaces);
  const answer = await transport.request('GET', path);
  const { totalResults, resources } = readPage(path, answer);
  const fault = (detail: string): OktaTask =>
    new OktaTask({ method: 'GET', path, status: answer.status, detail, requestId: answer.requestId });
  if (totalResults !== resources.length) throw fault(`totalResults is ${totalResults}, found ${resources.length}`);
  const [found] = resources;
  if (found === undefined) return undefined;
  if (resources.length > 1) throw fault(`${resources.length} resources have this ${attribute}`);
  const name = found[attribute];
  if (typeof name !== 'string' || name.toLowerCase() !== value.toLowerCase()) {
    throw fault(`the filter found a resource with another ${attribute}`);
  }
  return { ...found, id: String(found.id) };
}
