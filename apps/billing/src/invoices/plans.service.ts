import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PlanAnswer, SetPlan } from '#billing-api/billing';
import type { Cause } from '#events/envelope';
import { Clock } from '#runtime/clock';
import { startOfLocalDay, termFrom } from '../terms/calendar.ts';
import { type Plan, readPlan } from '../terms/plan.ts';
import { billingTransaction } from './one-bill.ts';
import { takeRunningTerm } from './running-terms.ts';
import {
  addPlan,
  addTerm,
  lastLedgerLine,
  lastPlanVersion,
  openTerm,
  type PlanRow,
  planOfTerm,
  type TermRow,
} from './term-rows.ts';

/** What a plan may not do to the terms that there are. The message says what to do. */
export class PlanConflict extends Error {
  override name = 'PlanConflict';
}

/** What makes a term end when it does. */
const SCHEDULE = ['every', 'anchorDay', 'anchorMonth', 'timeZone'] as const;

/** The plans of tenants. Setting one adds a version; none is ever changed. */
@Injectable()
export class PlansService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Makes the next version of a tenant's plan. The first one opens the tenant's first term. Where it holds from now on, that is
   * told and the seats follow it.
   *
   * @throws ImpossiblePlan naming all that is wrong with it
   * @throws PlanConflict when the currency, or with `this_term` the end of the term, would be another
   */
  async set(
    { tenantId, plan: json, applies, actor }: SetPlan,
    { commandId, requestId }: Pick<Cause, 'commandId' | 'requestId'>,
  ): Promise<PlanAnswer> {
    const plan = readPlan(json);
    const cause = { commandId, requestId, actor };
    await billingTransaction(this.dataSource, tenantId, (tx) => this.add(tx, tenantId, { plan, applies, cause }));
    const answer = await this.show(tenantId);
    if (!answer) throw new Error(`the plan of tenant ${tenantId} was not kept`);
    return answer;
  }

  /** The plan of the open term, and that of the next when it is another; undefined for a tenant without one. */
  async show(tenantId: string): Promise<PlanAnswer | undefined> {
    const tx = this.dataSource.manager;
    const open = await openTerm(tx, tenantId);
    if (!open) return undefined;
    const { days, fullDays } = termFrom(open.startsAt, open.plan);
    return {
      tenantId,
      version: open.planVersion,
      plan: open.plan,
      next: nextOf(open, await planOfTerm(tx, tenantId, open.number + 1)),
      term: {
        number: open.number,
        startsAt: open.startsAt.toISOString(),
        endsAt: open.endsAt.toISOString(),
        days: days.length,
        fullDays,
      },
    };
  }

  private async add(
    tx: EntityManager,
    tenantId: string,
    { plan, applies, cause }: { plan: Plan; applies: SetPlan['applies']; cause: Cause },
  ): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1765100000))', [`plan of ${tenantId}`]);
    const open = await openTerm(tx, tenantId, true);
    if (open) refuseConflict(open, plan, applies);
    const version = (await lastPlanVersion(tx, tenantId)) + 1;
    const fromTerm = open ? open.number + (applies === 'next_term' ? 1 : 0) : 1;
    await addPlan(tx, tenantId, { version, fromTerm, plan, createdAt: this.clock.now() }, cause.actor);
    if (!open) await this.openFirstTerm(tx, tenantId, plan);
    else if (applies === 'this_term') await setPlanVersion(tx, open, version);
    await takeRunningTerm(tx, tenantId, this.clock.now(), cause);
  }

  private async openFirstTerm(tx: EntityManager, tenantId: string, plan: Plan): Promise<void> {
    const { start, end } = termFrom(startOfLocalDay(this.clock.now(), plan.timeZone), plan);
    await addTerm(tx, {
      tenantId,
      number: 1,
      planVersion: 1,
      startsAt: start,
      endsAt: end,
      adjustedThrough: await lastLedgerLine(tx, tenantId),
    });
  }
}

function refuseConflict(open: TermRow, plan: Plan, applies: SetPlan['applies']): void {
  if (plan.currency !== open.plan.currency) {
    throw new PlanConflict(`This tenant is billed in ${open.plan.currency}, and the currency cannot change.`);
  }
  if (applies === 'this_term' && SCHEDULE.some((property) => plan[property] !== open.plan[property])) {
    throw new PlanConflict(
      `The open term keeps its end: a plan with another ${SCHEDULE.join(', ')} applies from the next term.`,
    );
  }
}

async function setPlanVersion(tx: EntityManager, { tenantId, number }: TermRow, version: number): Promise<void> {
  await tx.query('UPDATE term SET plan_version = $3 WHERE tenant_id = $1 AND number = $2', [tenantId, number, version]);
}

function nextOf(open: TermRow, next: PlanRow | undefined): PlanAnswer['next'] {
  return next && next.version !== open.planVersion ? { version: next.version, plan: next.plan } : null;
}
