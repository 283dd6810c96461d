import type { DataSource } from 'typeorm';
import { logger } from '#runtime/logger';

/** Tenants looked at in one query. */
const BATCH = 500;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Does something for each tenant of a query, in batches. One that fails is logged, comes again in the next run, and holds up
 * no other.
 *
 * @param due what is selected from, and where, with `tenant_id` and values from `$2` on
 * @param work done once for a tenant @returns how often it did something
 * @returns how often something was done
 */
export async function forEachDue(
  dataSource: DataSource,
  due: string,
  values: unknown[],
  work: (tenantId: string) => Promise<number>,
): Promise<number> {
  let done = 0;
  for (let after = BEFORE_ALL; ; ) {
    const rows: { id: string }[] = await dataSource.query(
      `SELECT tenant_id AS id FROM ${due} AND tenant_id > $1 ORDER BY tenant_id LIMIT ${BATCH}`,
      [after, ...values],
    );
    for (const { id } of rows) {
      try {
        done += await work(id);
      } catch (error) {
        logger.error(
          { err: error, tenantId: id },
          "a tenant's term could not be worked on, trying again in the next run",
        );
      }
    }
    if (rows.length < BATCH) return done;
    after = rows.at(-1)?.id ?? after;
  }
}
