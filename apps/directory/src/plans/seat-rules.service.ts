import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { PLAN_APPLIED, type PlanApplied } from '#events/plan-applied.v1';
import { readEvent, UnreadableEvent } from '#events/read-event';
import { transaction } from '#postgres/transaction';
import type { Delivery } from '#rabbit/ordered-consumer';
import { logger } from '#runtime/logger';

/** What plans ask of the directory. The triggers on `users` hold to it (docs/adr/0007). */
@Injectable()
export class SeatRulesService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /**
   * From now on the tenants' newest plans hold; a plan of before changes nothing. What cannot be read is left out with an
   * error in the log.
   */
  async apply(batch: Delivery[]): Promise<void> {
    for (const event of batch.flatMap(readPlanApplied)) await this.hold(event);
  }

  /**
   * The tenant's advisory lock is held alone while billable people are counted: whoever is about to make somebody billable is
   * waited for, and waits.
   */
  private async hold({ tenantid, data }: CloudEvent<PlanApplied>): Promise<void> {
    const cap = data.cap.kind === 'block' ? data.cap.seats : null;
    await transaction(this.dataSource, async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(1765300000, hashtext($1::uuid::text))', [tenantid]);
      await tx.query(
        `INSERT INTO seat_rule (tenant_id, plan_version, billable_from, cap_seats, billable)
         SELECT $1, $2, $3, $4::integer, CASE WHEN $4::integer IS NOT NULL THEN
           (SELECT count(*) FROM users WHERE tenant_id = $1 AND is_billable(active, deleted_at, first_signed_in_at, $3)) END
         ON CONFLICT (tenant_id) DO UPDATE SET plan_version = excluded.plan_version, billable_from = excluded.billable_from,
           cap_seats = excluded.cap_seats, billable = excluded.billable
         WHERE seat_rule.plan_version <= excluded.plan_version`,
        [tenantid, data.planVersion, data.billableFrom, cap],
      );
    });
  }
}

function readPlanApplied({ content }: Delivery): CloudEvent<PlanApplied>[] {
  try {
    const event = readEvent(content);
    return event.type === PLAN_APPLIED ? [event as CloudEvent<PlanApplied>] : [];
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    logger.error({ reason: error.message }, 'a plan that was told cannot be read and is left out');
    return [];
  }
}
