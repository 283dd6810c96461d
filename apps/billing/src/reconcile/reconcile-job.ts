import type { DataSource } from 'typeorm';
import type { SoleJob } from '#postgres/sole-job';
import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { metrics } from '#runtime/metrics';
import { eachTenant } from '../ledger/each-tenant.ts';
import type { ReconciliationsService } from './reconciliations.service.ts';

const HOUR_MS = 3_600_000;
/** How long events in flight are waited for. */
const WAIT_SECONDS = 30;

const DUE = `balance WHERE NOT EXISTS (
  SELECT FROM reconciliation r WHERE r.tenant_id = balance.tenant_id AND r.status <> 'failed' AND r.started_at > $2)`;

/**
 * Reconciles each tenant that has a ledger so often, one after another, and heals nothing. What was missed is made up for in
 * the next run; one that fails is tried again in ten minutes.
 *
 * @param hours 0: never
 */
export function reconcileJob(
  dataSource: DataSource,
  reconciliations: ReconciliationsService,
  clock: Clock,
  hours: number,
): SoleJob {
  return {
    name: 'reconciliation',
    lock: 1_765_400_000,
    everyMs: 600_000,
    async run(isEnding) {
      if (hours > 0) await reconcileDue(dataSource, reconciliations, clock.now(), hours, isEnding);
    },
  };
}

/** Reconciles whoever was not for so many hours; a directory that is away ends the run. */
export async function reconcileDue(
  dataSource: DataSource,
  reconciliations: ReconciliationsService,
  now: Date,
  hours: number,
  isEnding = () => false,
): Promise<void> {
  const since = new Date(now.getTime() - hours * HOUR_MS);
  for await (const tenantId of eachTenant(dataSource, DUE, [since])) {
    if (isEnding()) return;
    const done = await reconciliations.run({ tenantId, heal: false, waitSeconds: WAIT_SECONDS, askedBy: 'schedule' });
    const problem = done?.report?.problem;
    if (problem) logger.warn({ tenantId, problem }, 'a scheduled reconciliation failed, trying again in ten minutes');
    if (done?.isAway) return;
  }
}

export function measureReconciliations(dataSource: DataSource): void {
  const newest = async (statuses: string, condition: string): Promise<number | undefined> => {
    const [row] = await dataSource.query(
      `SELECT count(*)::int AS count FROM (
         SELECT DISTINCT ON (tenant_id) status, left_count FROM reconciliation WHERE status IN (${statuses})
         ORDER BY tenant_id, id DESC) newest WHERE ${condition}`,
    );
    return row?.count;
  };
  metrics.gauge(
    'rollcall_reconciliation_differing_tenants',
    'Tenants of which billing and directory did not agree when they were last compared, and were not healed.',
    () => newest("'agreed', 'differed'", 'left_count > 0'),
  );
  metrics.gauge(
    'rollcall_reconciliation_failing_tenants',
    'Tenants that could not be compared when that was last tried.',
    () => newest("'agreed', 'differed', 'failed'", "status = 'failed'"),
  );
}
