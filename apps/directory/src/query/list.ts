import type { DataSource, EntityManager } from 'typeorm';
import type { ListResources } from '#directory-api/scim-command';
import { printName } from '#scim/attribute-name';
import { type Filter, parseFilter } from '#scim/filter';
import type { ResourceType } from '#scim/schema';
import { readSortBy } from '#scim/sort';
import { boundedRead } from './bounded-read.ts';
import type { Columns } from './columns.ts';
import { filterToSql } from './filter-sql.ts';
import { countRows, type Listing, type RowSource, readRows } from './page.ts';
import { Parameters } from './parameters.ts';
import { sortToSql } from './sort-sql.ts';

/** A type of resource and where its rows are. */
export interface Listed {
  type: ResourceType;
  source: RowSource;
  columns: Columns;
}

/** A page of rows and the exact number of all that match. */
export interface Page<T> {
  totalResults: number;
  rows: T[];
}

/**
 * Answers a list request (RFC 7644 §3.4.2): filter, sort and page run in Postgres.
 *
 * @throws ScimError 400 invalidFilter; invalidValue for a sort that cannot be; tooMany when it takes too long
 */
export async function readList<T extends object>(
  dataSource: DataSource,
  listed: Listed,
  command: ListResources,
): Promise<Page<T>> {
  const filter = command.filter === undefined ? undefined : parseFilter(command.filter, listed.type);
  const sortBy = command.sortBy === undefined ? undefined : readSortBy(command.sortBy, listed.type);
  const parameters = new Parameters(command.tenantId);
  const listing: Listing = {
    source: listed.source,
    parameters,
    where: filter && filterToSql(filter, listed.columns, parameters),
    sort: sortBy && sortToSql(sortBy, command.sortOrder ?? 'ascending', listed.columns, parameters),
  };
  const read = (tx: EntityManager) => readByIndex<T>(tx, listing, command);
  return filter && isLookup(filter, listed.columns) ? read(dataSource.manager) : boundedRead(dataSource, read);
}

/** The total is counted only when the page does not tell it. */
async function readByIndex<T extends object>(
  tx: EntityManager,
  listing: Listing,
  { startIndex, count }: ListResources,
): Promise<Page<T>> {
  const skip = startIndex - 1;
  const rows = await readRows<T>(tx, listing, skip, count);
  const endsHere = rows.length < count && (rows.length > 0 || skip === 0);
  return { totalResults: endsHere ? skip + rows.length : await countRows(tx, listing), rows };
}

/** Whether a filter asks for the one resource of a name or id: the most frequent question, and never a slow one. */
function isLookup(filter: Filter, columns: Columns): boolean {
  if (filter.kind === 'and') return filter.operands.some((operand) => isLookup(operand, columns));
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return false;
  return columns.byName[printName(filter.name)]?.lookup === true;
}
