import type { DataSource, EntityManager } from 'typeorm';
import type { ListResources } from '#directory-api/scim-command';
import { type Prepared, run } from '#postgres/prepared';
import { printName } from '#scim/attribute-name';
import { badRequest } from '#scim/error';
import { type Filter, parseFilter, printFilter } from '#scim/filter';
import type { ResourceType } from '#scim/schema';
import { readSortBy } from '#scim/sort';
import { boundedRead } from './bounded-read.ts';
import type { Columns } from './columns.ts';
import { makeCursor, readCursor } from './cursor.ts';
import { filterToSql } from './filter-sql.ts';
import { countRows, type Listing, type Placed, type RowSource, readRows } from './page.ts';
import { Parameters } from './parameters.ts';
import { sortToSql } from './sort-sql.ts';
import { findMark, remember, type Walk } from './walks.ts';

/** A type of resource and where its rows are. */
export interface Listed {
  type: ResourceType;
  source: RowSource;
  columns: Columns;
}

/** A page of rows and the exact number of all that match. */
export interface Page<T> {
  totalResults: number;
  /** by cursor, on every page but the last */
  nextCursor?: string;
  rows: T[];
}

/**
 * Answers a list request (RFC 7644 §3.4.2): filter, sort and page run in Postgres.
 *
 * By cursor (RFC 9865) the total is that of the walk's beginning, so that no page counts again.
 *
 * @throws ScimError 400 invalidFilter; invalidCursor; expiredCursor; invalidValue for a sort that cannot be; tooMany when it takes too long
 */
export async function readList<T extends object>(
  dataSource: DataSource,
  listed: Listed,
  command: ListResources,
  now: Date,
): Promise<Page<T>> {
  const filter = command.filter === undefined ? undefined : parseFilter(command.filter, listed.type);
  const sortBy = command.sortBy === undefined ? undefined : readSortBy(command.sortBy, listed.type);
  const order = command.sortOrder ?? 'ascending';
  const filtered = new Parameters(command.tenantId);
  const where = filter && filterToSql(filter, listed.columns, filtered);
  const sorted = filtered.copy();
  const sort = sortBy && sortToSql(sortBy, order, listed.columns, sorted);
  const listing: Listing = { source: listed.source, where, filtered, sort, sorted };
  const names = [listed.type.name, filter ? printFilter(filter) : '', sortBy ? printName(sortBy) : '', order];
  const { cursor } = command;
  const walk: Walk = { tenantId: command.tenantId, list: [command.connectionId, ...names], now };
  const read = (tx: EntityManager) =>
    cursor === undefined
      ? readByIndex<T>(tx, listing, command, walk)
      : readByCursor<T>(tx, listing, command, cursor, names, now);
  if (filter && isLookup(filter, listed.columns)) return read(dataSource.manager);
  const page = await boundedRead(dataSource, read);
  // outside the snapshot: within it two that leave the same mark would fail
  if (cursor === undefined) await leaveMark(dataSource.manager, walk, command, page);
  return page;
}

/** From where the page before ended, if it was read lately; else that many rows are skipped. */
async function readByIndex<T extends object>(
  tx: EntityManager,
  listing: Listing,
  { startIndex, count }: ListResources,
  walk: Walk,
): Promise<Page<Placed<T>>> {
  const skip = startIndex - 1;
  const all = listing.where ? undefined : await countRows(tx, listing);
  const mark = skip > 0 && count > 0 ? await findMark(tx, walk, startIndex) : undefined;
  const isBeyond = !mark && all !== undefined && skip >= all;
  const rows = isBeyond ? [] : await readRows<T>(tx, listing, mark ?? skip, count);
  const endsHere = !mark && rows.length < count && (rows.length > 0 || skip === 0);
  return { totalResults: all ?? (endsHere ? skip + rows.length : await countRows(tx, listing)), rows };
}

/** A full page leaves a mark where it ends, unless the whole list fits into the first. */
async function leaveMark(
  tx: EntityManager,
  walk: Walk,
  { startIndex, count }: ListResources,
  { rows, totalResults }: Page<Placed<object>>,
): Promise<void> {
  const last = rows.at(-1);
  if (!last || rows.length < count || (startIndex === 1 && count >= totalResults)) return;
  await remember(tx, walk, startIndex + count, last.position);
}

/** One row more than the page tells whether there is another page. */
async function readByCursor<T extends object>(
  tx: EntityManager,
  listing: Listing,
  { tenantId, count }: ListResources,
  cursor: string,
  list: string[],
  now: Date,
): Promise<Page<Placed<T>>> {
  const scope = { key: await cursorKey(tx, tenantId), list };
  const place = cursor === '' ? undefined : readCursor(cursor, scope, now);
  const found = count === 0 ? [] : await readRows<T>(tx, listing, place?.position ?? 0, count + 1);
  const isLast = found.length <= count;
  const rows = found.slice(0, count);
  const position = rows.at(-1)?.position;
  const endsHere = !place && isLast && count > 0;
  const total = place?.total ?? (endsHere ? rows.length : await countRows(tx, listing));
  return {
    totalResults: total,
    rows,
    ...(position && !isLast && { nextCursor: makeCursor({ position, total }, scope, now) }),
  };
}

async function cursorKey(tx: EntityManager, tenantId: string): Promise<Buffer> {
  const [tenant] = await run<{ key: Buffer }>(tx, CURSOR_KEY, [tenantId]);
  if (!tenant) throw badRequest('invalidCursor', 'The tenant of this list is gone.');
  return tenant.key;
}

const CURSOR_KEY: Prepared = { name: 'cursor_key', text: 'SELECT cursor_key AS key FROM tenants WHERE tenant_id = $1' };

/** Whether a filter asks for the one resource of a name or id: the most frequent question, and never a slow one. */
function isLookup(filter: Filter, columns: Columns): boolean {
  if (filter.kind === 'and') return filter.operands.some((operand) => isLookup(operand, columns));
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return false;
  return columns.byName[printName(filter.name)]?.lookup === true;
}
