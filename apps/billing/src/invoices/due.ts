import type { DataSource } from 'typeorm';
import { logger } from '#runtime/logger';
import { eachTenant } from '../ledger/each-tenant.ts';

/**
 * Does something for each tenant of a query. One that fails is logged, comes again in the next run, and holds up
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
  for await (const tenantId of eachTenant(dataSource, due, values)) {
    try {
      done += await work(tenantId);
    } catch (error) {
      logger.error({ err: error, tenantId }, "a tenant's term could not be worked on, trying again in the next run");
    }
  }
  return done;
}
