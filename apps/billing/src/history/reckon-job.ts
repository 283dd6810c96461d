import type { DataSource } from 'typeorm';
import type { SoleJob } from '#postgres/sole-job';
import { eachTenant } from '../ledger/each-tenant.ts';
import { reckon } from './history-rows.ts';

/** A question reckons what is missing by itself; it should never be more than this, whatever was learned of at once. */
const MOST_LINES_BEHIND = 1_000;

const BEHIND = `balance LEFT JOIN seat_history USING (tenant_id)
WHERE balance.sequence > coalesce(seat_history.sequence, 0) + $2`;

/** Brings the quarters of tenants up to their ledgers, so that no question about the past has to wait for it. */
export function reckonJob(dataSource: DataSource): SoleJob {
  return {
    name: 'history',
    lock: 1_765_200_000,
    everyMs: 60_000,
    async run(isEnding) {
      for await (const tenantId of eachTenant(dataSource, BEHIND, [MOST_LINES_BEHIND])) {
        if (isEnding()) return;
        await reckon(dataSource.manager, tenantId);
      }
    },
  };
}
