import type { EntityManager } from 'typeorm';
import { runComposed } from '#postgres/prepared';
import type { Condition } from './filter-sql.ts';

/** A table of resources and the query that reads rows of it. */
export interface RowSource {
  table: string;
  alias: string;
  /** up to its FROM */
  select: string;
}

export interface PageWanted {
  tenantId: string;
  /** parameters from $2 on; $1 is the tenant */
  where: Condition | undefined;
  /** 1-based */
  startIndex: number;
  count: number;
}

export interface Page<T> {
  totalResults: number;
  rows: T[];
}

/**
 * A page in the order of creation, which does not move while others write. Ids first, then only the rows of the page,
 * so that skipped rows cost their index entry and not their content. The total is counted only when the page
 * does not tell it.
 */
export async function readPage<T extends object>(
  tx: EntityManager,
  source: RowSource,
  wanted: PageWanted,
): Promise<Page<T>> {
  const { table, alias, select } = source;
  const params = [wanted.tenantId, ...(wanted.where?.params ?? [])];
  const living = `FROM ${table} ${alias} WHERE ${alias}.tenant_id = $1 AND ${alias}.deleted_at IS NULL ${wanted.where ? `AND ${wanted.where.sql}` : ''}`;
  const skip = wanted.startIndex - 1;

  const rows =
    wanted.count === 0
      ? []
      : await runComposed<T>(
          tx,
          `${select} JOIN (
             SELECT ${alias}.tenant_id, ${alias}.id ${living}
             ORDER BY ${alias}.id LIMIT $${params.length + 1} OFFSET $${params.length + 2}
           ) page ON page.tenant_id = ${alias}.tenant_id AND page.id = ${alias}.id
           ORDER BY ${alias}.id`,
          [...params, wanted.count, skip],
        );

  const endsHere = rows.length < wanted.count && (rows.length > 0 || skip === 0);
  if (endsHere) return { totalResults: skip + rows.length, rows };
  const [counted] = await runComposed<{ total: number }>(tx, `SELECT count(*)::int AS total ${living}`, params);
  return { totalResults: counted?.total ?? 0, rows };
}
