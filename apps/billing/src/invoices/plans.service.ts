import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PlanAnswer, SetPlan } from '#billing-api/billing';
import type { Cause } from '#events/envelope';
import { Clock } from '#runtime/clock';
import { startOfLocalDay, termFrom } from '../terms/calendar.ts';
import { type Plan, readPlan } from '../terms/plan.ts';
import { billingTransaction } from './one-bill.ts';
import { takeRunningTerm, termAt } from './running-terms.ts';
import {
  addPlan,
  addTerm,
  lastLedgerLine,
  lastPlanVersion,
  lockTerms,
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

  /** The plan of the running term, and that of the next when it is another; undefined for a tenant without one. */
  async show(tenantId: string): Promise<PlanAnswer | undefined> {
    const tx = this.dataSource.manager;
    const running = await termAt(tx, tenantId, this.clock.now());
    if (!running) return undefined;
    const { days, fullDays } = termFrom(running.startsAt, running.plan);
    return {
      tenantId,
      version: running.planVersion,
      plan: running.plan,
      next: nextOf(running, await planOfTerm(tx, tenantId, running.number + 1)),
      term: {
        number: running.number,
        startsAt: running.startsAt.toISOString(),
        endsAt: running.endsAt.toISOString(),
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
    await lockTerms(tx, tenantId);
    const now = this.clock.now();
    const running = await termAt(tx, tenantId, now);
    if (running) refuseConflict(running, plan, applies);
    const version = (await lastPlanVersion(tx, tenantId)) + 1;
    const fromTerm = running ? running.number + (applies === 'next_term' ? 1 : 0) : 1;
    await addPlan(tx, tenantId, { version, fromTerm, plan, createdAt: now }, cause.actor);
    if (!running) await this.openFirstTerm(tx, tenantId, plan);
    // one whose term before is not closed yet is opened by that close, with the plan that holds from its number on
    else if (applies === 'this_term') await setPlanVersion(tx, running, version);
    await takeRunningTerm(tx, tenantId, now, cause);
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

function refuseConflict(running: TermRow, plan: Plan, applies: SetPlan['applies']): void {
  if (plan.currency !== running.plan.currency) {
    throw new PlanConflict(`This tenant is billed in ${running.plan.currency}, and the currency cannot change.`);
  }
  if (applies === 'this_term' && SCHEDULE.some((property) => plan[property] !== running.plan[property])) {
    throw new PlanConflict(
      `The running term keeps its end: a plan with another ${SCHEDULE.join(', ')} applies from the next term.`,
    );
  }
}

async function setPlanVersion(tx: EntityManager, { tenantId, number }: TermRow, version: number): Promise<void> {
  await tx.query('UPDATE term SET plan_version = $3 WHERE tenant_id = $1 AND number = $2', [tenantId, number, version]);
}

function nextOf(running: TermRow, next: PlanRow | undefined): PlanAnswer['next'] {
  return next && next.version !== running.planVersion ? { version: next.version, plan: next.plan } : null;
}
