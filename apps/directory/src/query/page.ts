import type { EntityManager } from 'typeorm';
import { type Prepared, run, runComposed } from '#postgres/prepared';
import type { Parameters } from './parameters.ts';
import type { SortKey } from './sort-sql.ts';

/** A table of resources and the query that reads rows of it. */
export interface RowSource {
  table: string;
  alias: string;
  /** up to its FROM */
  select: string;
}

/** A place in a list: behind this row. */
export interface Position {
  /** the row's sort key as Postgres writes it; null when it has none, or the list is not sorted */
  key: string | null;
  id: string;
}

/** A list of the living resources of one tenant. */
export interface Listing {
  source: RowSource;
  where: string | undefined;
  /** what the condition is made with; $1 is the tenant */
  filtered: Parameters;
  sort: SortKey | undefined;
  /** the same and what the sort key is made with */
  sorted: Parameters;
}

/** A row, with its place in the list. */
export type Placed<T> = T & { position: Position };

/**
 * Rows of a list from `start` on: a position, or a number of rows to skip. The order is that of the sort key and then of
 * the id, which is that of creation, and does not move while others write. Ids first, then only the rows of the page, so that
 * skipped rows cost their index entry and not their content; from a position no row is skipped at all.
 */
export async function readRows<T extends object>(
  tx: EntityManager,
  listing: Listing,
  start: Position | number,
  count: number,
): Promise<Placed<T>[]> {
  if (count === 0) return [];
  if (typeof start === 'number') return read<T>(tx, listing, undefined, count, start);
  const rows: Placed<T>[] = [];
  for (const part of partsAfter(listing, start)) {
    if (rows.length < count) rows.push(...(await read<T>(tx, listing, part, count - rows.length, 0)));
  }
  return rows;
}

/** How many resources the whole list has. Only with a filter they are counted; all of a tenant are known. */
export async function countRows(tx: EntityManager, { source, where, filtered }: Listing): Promise<number> {
  if (!where) return (await run<{ total: number }>(tx, TOTAL, [filtered.values[0], source.table]))[0]?.total ?? 0;
  const text = `SELECT count(*)::int AS total ${living({ source, where })}`;
  return (await runComposed<{ total: number }>(tx, text, filtered.values))[0]?.total ?? 0;
}

const TOTAL: Prepared = {
  name: 'total_of_tenant',
  text: 'SELECT coalesce(sum(n), 0)::int AS total FROM resource_counts WHERE tenant_id = $1 AND kind = $2',
};

type Part = (parameters: Parameters) => string;

/** What comes behind a position, as conditions each of which one scan of an index in order answers. */
function partsAfter({ source: { alias }, sort }: Listing, { key, id }: Position): Part[] {
  const beyond = sort?.descending ? '<' : '>';
  const sameKey: Part = (parameters) => `${alias}.id ${beyond} ${parameters.bind(id, 'uuid')}`;
  if (!sort) return [sameKey];
  const { sql, type, required, descending } = sort;
  const missing: Part = () => `${sql} IS NULL`;
  const valued: Part = () => `${sql} IS NOT NULL`;
  if (key === null) {
    const restOfMissing: Part = (parameters) => `${missing(parameters)} AND ${sameKey(parameters)}`;
    return descending ? [restOfMissing, valued] : [restOfMissing];
  }
  const restOfValued: Part = (parameters) =>
    `(${sql}, ${alias}.id) ${beyond} (${parameters.bind(key, type)}, ${parameters.bind(id, 'uuid')})`;
  return descending || required ? [restOfValued] : [restOfValued, missing];
}

async function read<T extends object>(
  tx: EntityManager,
  listing: Listing,
  part: Part | undefined,
  count: number,
  skip: number,
): Promise<Placed<T>[]> {
  const { source, sort } = listing;
  const { alias, select } = source;
  const parameters = listing.sorted.copy();
  const condition = part ? `AND ${part(parameters)}` : '';
  const limit = `LIMIT ${parameters.bind(count, 'bigint')} OFFSET ${parameters.bind(skip, 'bigint')}`;
  const rows = await runComposed<T & { positionKey: string | null; positionId: string }>(
    tx,
    `SELECT found.*, page.key::text AS "positionKey", page.id AS "positionId" FROM (
       SELECT ${alias}.id, ${sort?.sql ?? 'NULL'} AS key ${living(listing)} ${condition}
       ORDER BY ${order(sort, sort?.sql ?? '', `${alias}.id`)} ${limit}
     ) page CROSS JOIN LATERAL (
       ${select} WHERE ${alias}.tenant_id = $1 AND ${alias}.id = page.id
     ) found ORDER BY ${order(sort, 'page.key', 'page.id')}`,
    parameters.values,
  );
  return rows.map(({ positionKey: key, positionId: id, ...row }) => ({ ...row, position: { key, id } }) as never);
}

function living({ source: { table, alias }, where }: Pick<Listing, 'source' | 'where'>): string {
  return `FROM ${table} ${alias} WHERE ${alias}.tenant_id = $1 AND ${alias}.deleted_at IS NULL ${where ? `AND ${where}` : ''}`;
}

/** Missing values are last, or first when descending: descending is exactly the reverse, and reads an index backwards. */
function order(sort: SortKey | undefined, key: string, id: string): string {
  if (!sort) return id;
  return sort.descending ? `${key} DESC NULLS FIRST, ${id} DESC` : `${key} NULLS LAST, ${id}`;
}
