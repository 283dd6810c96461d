import type { DataSource } from 'typeorm';

/** Tenants read at once. */
const BATCH = 500;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

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
  for (let after = BEFORE_ALL; ; ) {
    const rows: { id: string }[] = await dataSource.query(
      `SELECT tenant_id AS id FROM ${from} AND tenant_id > $1 ORDER BY tenant_id LIMIT ${BATCH}`,
      [after, ...values],
    );
    for (const { id } of rows) yield id;
    if (rows.length < BATCH) return;
    after = rows.at(-1)?.id ?? after;
  }
}
