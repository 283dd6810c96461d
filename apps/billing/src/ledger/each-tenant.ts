import type { DataSource } from 'typeorm';
import { pages } from '#postgres/pages';
import { BEFORE_ALL } from '#runtime/ids';

/** Tenants read at once. */
const BATCH = 500;

/**
 * The ids of a query's tenants, in order and in batches; one that is added behind is found, too.
 *
 * @param from what is selected from, and where, with `tenant_id` and values from `$2` on; it ends in a condition
 */
export async function* eachTenant(
  dataSource: DataSource,
  from: string,
  values: readonly unknown[],
): AsyncGenerator<string> {
  const all = pages(BATCH, (last?: { id: string }) =>
    dataSource.query<{ id: string }[]>(
      `SELECT tenant_id AS id FROM ${from} AND tenant_id > $1 ORDER BY tenant_id LIMIT ${BATCH}`,
      [last?.id ?? BEFORE_ALL, ...values],
    ),
  );
  for await (const tenants of all) for (const { id } of tenants) yield id;
}
