import type { EntityManager } from 'typeorm';
import { type Cause, cloudEvent } from '#events/envelope';
import { PLAN_APPLIED, type PlanApplied } from '#events/plan-applied.v1';
import { append } from '#outbox/append';
import { newId } from '#runtime/ids';
import { nameLightGroup } from '../classes/light-group.ts';
import { capEvents } from '../seats/cap-events.ts';
import type { Recounted } from '../seats/change.ts';
import type { LineCause } from '../seats/line-cause.ts';
import { moveSeats } from '../seats/move-seats.ts';
import { lockBalances, saveBalances } from '../seats/seat-rows.ts';
import { type Balance, Tally } from '../seats/tally.ts';
import { termFrom } from '../terms/calendar.ts';
import { beginningTerm, billableFrom, type RunningTerm, runningTerm, type TermRules } from '../terms/running-term.ts';
import { TermBill } from './term-bill.ts';
import { openTerm, planOfTerm, type TermRow } from './term-rows.ts';

const BY_ITSELF = () => ({ commandId: newId(), requestId: 'term-begin', actor: 'billing' });

/** Why a term runs from now on. */
interface Why {
  now: Date;
  cause: Cause;
}

/**
 * Takes what a tenant's running term has come to from its bill: exact, whatever came late. To be called when the bill may say
 * something else than the lines one by one: a plan was set, the term before was closed, or a late fact was learned of. It costs
 * a bill, and is one of {@link oneBill}. Nothing happens for a tenant without a plan.
 *
 * @returns how many terms were taken: one or none
 */
export async function takeRunningTerm(
  tx: EntityManager,
  tenantId: string,
  now: Date,
  cause: Cause = BY_ITSELF(),
): Promise<0 | 1> {
  // before terms are read, because whoever sets a plan holds it
  const balance = await lockedBalance(tx, tenantId);
  const began = Date.parse(balance.term?.startsAt ?? '') || 0;
  const row = await termAt(tx, tenantId, new Date(Math.max(now.getTime(), began)));
  if (!row) return 0;
  const bill = await TermBill.of(tx, row, balance.sequence);
  const told = balance.term && isSameCap(balance.term, row) ? balance.term.told : [];
  await hold(tx, balance, runningTerm(rulesOf(row), bill.seats(), balance.sequence, told), { now, cause });
  return 1;
}

/** Whether thresholds that were told are told: of a cap, in a term. */
function isSameCap({ number, cap }: RunningTerm, row: TermRow): boolean {
  return number === row.number && JSON.stringify(cap) === JSON.stringify(row.plan.cap);
}

/** Begins the term after the running one: what is in use is what is paid for. */
export async function beginNextTerm(
  tx: EntityManager,
  balance: Balance & { term: RunningTerm },
  now: Date,
): Promise<void> {
  const next = await termAfter(tx, { ...balance.term, tenantId: balance.tenantId });
  const inUse = { core: balance.inUse - balance.light, light: balance.light };
  const term = beginningTerm(rulesOf(next), inUse, balance.sequence);
  await hold(tx, balance, term, { now, cause: BY_ITSELF() });
}

/** The term that an instant is in: the open one, or one that follows it, which is opened when the one before is closed. */
export async function termAt(tx: EntityManager, tenantId: string, now: Date): Promise<TermRow | undefined> {
  let term = await openTerm(tx, tenantId);
  while (term && term.endsAt <= now) term = { ...term, ...(await termAfter(tx, term)) };
  return term;
}

/** The term that follows one, by the plan that holds then. @throws when the tenant has no plan */
export async function termAfter(
  tx: EntityManager,
  { tenantId, number, endsAt }: { tenantId: string; number: number; endsAt: Date | string },
) {
  const next = await planOfTerm(tx, tenantId, number + 1);
  if (!next) throw new Error(`tenant ${tenantId} has no plan for term ${number + 1}`);
  const { start, end } = termFrom(new Date(endsAt), next.plan);
  return { number: number + 1, planVersion: next.version, plan: next.plan, startsAt: start, endsAt: end };
}

type Rules = Pick<TermRow, 'number' | 'planVersion' | 'plan' | 'startsAt' | 'endsAt'>;

function rulesOf({ number, planVersion, plan, startsAt, endsAt }: Rules): TermRules {
  const { policy, prices, cap, billableFrom, lightGroup } = plan;
  return {
    number,
    planVersion,
    policy,
    prices,
    cap,
    billableFrom,
    lightGroup,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
  };
}

/**
 * From now on the tenant is in this term. When its plan is another than before, that is told, and the seats follow it from the
 * beginning of the term.
 */
async function hold(tx: EntityManager, balance: Balance, term: RunningTerm, { now, cause }: Why): Promise<void> {
  const { tenantId, term: before } = balance;
  const isOther = before?.planVersion !== term.planVersion;
  // what the plan moves from the term's beginning on, its bill alone knows how to count
  await saveBalances(tx, [{ ...balance, term: isOther ? { ...term, unsettled: true } : term }]);
  const why = isOther ? await followPlan(tx, balance, term, { now, cause }) : cause;
  const tally = new Tally(await lockedBalance(tx, tenantId));
  const at = before && before.number < term.number ? new Date(term.startsAt) : now;
  await append(tx, ...capEvents(tally, { at, recordedAt: now, cause: why }));
  await saveBalances(tx, [tally.balance()]);
}

/** Tells that a plan holds, and moves the seats by it. @returns the event as a cause */
async function followPlan(
  tx: EntityManager,
  { tenantId, term: before }: Balance,
  term: RunningTerm,
  { now, cause }: Why,
): Promise<LineCause> {
  const at = new Date(term.startsAt);
  const event = planApplied(tenantId, term, { at, cause });
  await append(tx, event);
  const why = { at, now, cause: { ...cause, eventId: event.id, eventType: PLAN_APPLIED } };
  const [from, to] = [billableFrom(before), term.billableFrom];
  // A person has one line of an event at most: whoever loses the seat loses it before classes change, and the other way round.
  if (from === 'provisioned' && to === 'first_sign_in') await recount(tx, tenantId, term, why);
  await nameLightGroup(tx, { tenantId, name: term.lightGroup }, why);
  if (from === 'first_sign_in' && to === 'provisioned') await recount(tx, tenantId, term, why);
  return why.cause;
}

async function recount(
  tx: EntityManager,
  tenantId: string,
  { billableFrom }: RunningTerm,
  { at, now, cause }: { at: Date; now: Date; cause: LineCause },
): Promise<void> {
  const rows: { id: string }[] = await tx.query(
    'SELECT user_id AS id FROM seat WHERE tenant_id = $1 AND active AND signed_in_at IS NULL ORDER BY user_id',
    [tenantId],
  );
  const change: Recounted = { tenantId, billableFrom, people: rows.map(({ id }) => id), at, cause };
  await moveSeats(tx, { changes: [change], balances: [await lockedBalance(tx, tenantId)], members: [], now });
}

function planApplied(tenantId: string, term: RunningTerm, { at, cause }: { at: Date; cause: Cause }) {
  const { planVersion, number, cap, billableFrom, lightGroup } = term;
  return cloudEvent<PlanApplied>({
    source: 'rollcall/billing',
    type: PLAN_APPLIED,
    tenantId,
    subject: `plans/${planVersion}`,
    version: planVersion,
    time: at,
    cause,
    data: { planVersion, term: number, cap, billableFrom, lightGroup },
  });
}

async function lockedBalance(tx: EntityManager, tenantId: string): Promise<Balance> {
  const [balance] = await lockBalances(tx, [tenantId]);
  if (!balance) throw new Error(`the balance of tenant ${tenantId} was not made`);
  return balance;
}
