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
   * From now on the plans that the tenants' newest events tell of hold; one that was told before them changes nothing. What
   * cannot be read is left out with an error in the log.
   */
  async apply(batch: Delivery[]): Promise<void> {
    for (const event of batch.flatMap(readPlanApplied)) await this.hold(event);
  }

  /**
   * The newest is told by the ids of events: a plan's versions begin again when billing's database was lost (docs/billing.md).
   * Ids are times of several clocks, so the next version is taken as well, whatever its id.
   * The tenant's advisory lock is held alone while billable people are counted: whoever is about to make somebody billable is
   * waited for, and waits.
   */
  private async hold({ id, tenantid, data }: CloudEvent<PlanApplied>): Promise<void> {
    const cap = data.cap.kind === 'block' ? data.cap.seats : null;
    const held: unknown[] = await transaction(this.dataSource, async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(1765300000, hashtext($1::uuid::text))', [tenantid]);
      return tx.query(
        `INSERT INTO seat_rule (tenant_id, plan_version, billable_from, cap_seats, billable, event_id)
         SELECT $1, $2, $3, $4::integer, CASE WHEN $4::integer IS NOT NULL THEN
           (SELECT count(*) FROM users WHERE tenant_id = $1 AND is_billable(active, deleted_at, first_signed_in_at, $3)) END, $5
         ON CONFLICT (tenant_id) DO UPDATE SET plan_version = excluded.plan_version, billable_from = excluded.billable_from,
           cap_seats = excluded.cap_seats, billable = excluded.billable, event_id = excluded.event_id
         WHERE seat_rule.event_id IS NULL OR seat_rule.event_id <= excluded.event_id
            OR seat_rule.plan_version + 1 = excluded.plan_version
         RETURNING tenant_id`,
        [tenantid, data.planVersion, data.billableFrom, cap, id],
      );
    });
    if (held.length > 0) return;
    const ignored = { tenantId: tenantid, eventId: id, planVersion: data.planVersion };
    logger.warn(ignored, 'a plan was told that is older than the one that holds: it is ignored');
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
