import type { ListResources } from '#directory-api/scim-command';
import { printName } from '#scim/attribute-name';
import { matches, parseFilter, printFilter } from '#scim/filter';
import type { Resource } from '#scim/resource';
import type { ResourceType } from '#scim/schema';
import { readSortBy, sortResources } from '#scim/sort';
import { makeCursor, readCursor } from '../query/cursor.ts';

/**
 * A page of resources that are all in memory: few, of a tenant. What query/list.ts does in Postgres, with #scim's own filter
 * and sort.
 *
 * @throws ScimError 400 invalidFilter; invalidValue; invalidCursor; expiredCursor
 */
export function pageOf(
  resources: readonly Resource[],
  type: ResourceType,
  command: ListResources,
  { cursorKey, now }: { cursorKey: Buffer; now: Date },
): { totalResults: number; nextCursor?: string; resources: Resource[] } {
  const filter = command.filter === undefined ? undefined : parseFilter(command.filter, type);
  const sortBy = command.sortBy === undefined ? undefined : readSortBy(command.sortBy, type);
  const order = command.sortOrder ?? 'ascending';
  const found = filter ? resources.filter((resource) => matches(filter, resource)) : resources;
  const sorted = sortBy ? sortResources(found, sortBy, order) : found;
  const { tenantId, cursor, count } = command;
  if (cursor === undefined) {
    const start = command.startIndex - 1;
    return { totalResults: sorted.length, resources: sorted.slice(start, start + count) };
  }
  const list = [type.name, filter ? printFilter(filter) : '', sortBy ? printName(sortBy) : '', order];
  const scope = { key: cursorKey, list };
  const place = cursor === '' ? undefined : readCursor(cursor, scope, now);
  const start = Number(place?.position.key ?? 0);
  const total = place?.total ?? sorted.length;
  const end = start + count;
  const position = { key: String(end), id: tenantId };
  return {
    totalResults: total,
    resources: sorted.slice(start, end),
    ...(count > 0 && end < sorted.length && { nextCursor: makeCursor({ position, total }, scope, now) }),
  };
}
