import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '#events/envelope';
import { newId } from '#runtime/ids';
import { eventually } from '../../../../test/harness/eventually.ts';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { userEvent } from '../../test/directory-events.ts';
import { groupEvent } from '../../test/directory-model.ts';
import { SetClock } from '../../test/set-clock.ts';
import { DEFAULT_LIGHT_GROUP } from '../classes/seat-class.ts';
import { type LedgerEntry, LedgerService } from '../ledger/ledger.service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { lockBalances } from '../seats/seat-rows.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { tellSnapshots } from '../snapshots/daily-snapshots.ts';
import type { Plan } from '../terms/plan.ts';
import { WhyService } from '../why/why.service.ts';
import { beginDueTerms } from './begin-terms.ts';
import { InvoicesService } from './invoices.service.ts';
import { PlansService } from './plans.service.ts';
import { takeRunningTerm } from './running-terms.ts';
import { settleTerms } from './settle-terms.ts';
import { closeDueTerms } from './term-close.ts';
import { addPlan, lockTerms } from './term-rows.ts';

const PLAN = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let tenantId: string;
const clock = new SetClock();
let seats: SeatsService;
let plans: PlansService;
let invoices: InvoicesService;
const versions = new Map<string, number>();

beforeEach(async () => {
  database = await createBillingDatabase();
  seats = new SeatsService(database.dataSource, clock);
  plans = new PlansService(database.dataSource, clock);
  invoices = new InvoicesService(database.dataSource, clock);
  tenantId = newId();
  clock.at = new Date('2026-01-01T08:00:00Z');
});
afterEach(async () => {
  expect((await verifyLedger(database.dataSource, tenantId)).differences).toEqual([]);
  await database.drop();
});

/** The directory tells of people, each at a time of its own, in one batch; billing learns of it at the time of the last. */
async function tell(...facts: [userId: string, active: boolean, time: string, more?: { signedInAt: Date }][]) {
  const events = facts.map(([userId, active, time, more]) => {
    const version = (versions.get(userId) ?? 0) + 1;
    versions.set(userId, version);
    const type = version === 1 ? 'user.created.v1' : active ? 'user.activated.v1' : 'user.deactivated.v1';
    return userEvent({ type, tenantId, userId, version, active, time: new Date(time), ...more });
  });
  clock.at = new Date(Math.max(clock.at.getTime(), ...events.map(({ time }) => Date.parse(time))));
  await apply(events);
}

function apply(events: CloudEvent[]): Promise<void> {
  return database.dataSource.transaction((tx) => seats.apply(tx, events));
}

function setPlan(change: object = {}, applies: 'next_term' | 'this_term' = 'next_term') {
  return plans.set(
    { tenantId, plan: { ...PLAN, ...change }, applies, actor: 'operator:ada' },
    { commandId: newId(), requestId: 'spec' },
  );
}

async function lines(): Promise<LedgerEntry[]> {
  return (await new LedgerService(database.dataSource).page(tenantId, { after: 0, limit: 1_000 })).lines;
}

/** What lines tell of core seats: term, purchased, available, peak. */
async function told(): Promise<unknown[]> {
  return (await lines()).map(({ term, purchased, available, peak }) => [
    term,
    purchased?.core,
    available?.core,
    peak?.seats.core,
  ]);
}

async function events(type: string): Promise<CloudEvent[]> {
  const rows: { event: CloudEvent }[] = await database.dataSource.query(
    'SELECT event FROM outbox WHERE tenant_id = $1 AND type = $2 ORDER BY position',
    [tenantId, type],
  );
  return rows.map(({ event }) => event);
}

describe('a ledger line', () => {
  it('tells nothing of a term while the tenant has no plan, and what the term has come to from then on', async () => {
    const [ada, bob, cyd] = [newId(), newId(), newId()];
    await tell([ada, true, '2025-12-20T09:00:00Z']);
    await setPlan();
    await tell([bob, true, '2026-01-02T09:00:00Z'], [bob, false, '2026-01-03T09:00:00Z']);
    await tell([cyd, true, '2026-01-04T09:00:00Z']);
    expect(await told()).toEqual([
      [undefined, undefined, undefined, undefined],
      [1, 2, 0, 2],
      [1, 2, 1, 2],
      [1, 2, 0, 2],
    ]);
    expect((await lines())[1]?.peak).toEqual({ seats: { core: 2, light: 0 }, at: '2026-01-02T09:00:00.000Z' });
    expect(await seats.count(tenantId)).toMatchObject({ inUse: 2, term: 1, purchased: { core: 2, light: 0 } });
    const [event] = (await events('seat.occupied.v1')).slice(-1);
    expect(event?.data).toMatchObject({ term: 1, purchased: { core: 2, light: 0 }, available: { core: 0, light: 0 } });
  });

  it('begins the next term where the first thing of it happened, also in the middle of a batch', async () => {
    const [ada, bob, cyd] = [newId(), newId(), newId()];
    await setPlan();
    await tell([ada, true, '2026-01-10T09:00:00Z'], [bob, true, '2026-01-11T09:00:00Z']);
    await tell(
      [bob, false, '2026-01-31T23:59:59Z'],
      [cyd, true, '2026-02-01T00:00:00Z'],
      [ada, false, '2026-03-05T09:00:00Z'],
    );
    expect(await told()).toEqual([
      [1, 1, 0, 1],
      [1, 2, 0, 2],
      [1, 2, 1, 2],
      [2, 2, 0, 2],
      [3, 2, 1, 2],
    ]);
  });

  it('is of the running term, whatever time in the future the event claims', async () => {
    await setPlan();
    const [ada, bob] = [newId(), newId()];
    const later = userEvent({ type: 'user.created.v1', tenantId, userId: ada, version: 1, active: true });
    await apply([{ ...later, time: '2099-01-01T00:00:00.000Z' }]);
    await tell([bob, true, '2026-01-02T09:00:00Z']);
    expect(await told()).toEqual([
      [1, 1, 0, 1],
      [1, 2, 0, 2],
    ]);
    expect(await lines()).toMatchObject([
      { effectiveAt: new Date('2099-01-01'), recordedAt: new Date('2026-01-01T08:00:00Z') },
      { effectiveAt: new Date('2026-01-02T09:00:00Z') },
    ]);
  });
});

describe('a running term', () => {
  it('begins by itself where nothing happens', async () => {
    const [ada, bob] = [newId(), newId()];
    await setPlan();
    await tell([ada, true, '2026-01-10T09:00:00Z'], [bob, true, '2026-01-10T09:00:00Z']);
    await tell([bob, false, '2026-01-20T09:00:00Z']);
    await beginDueTerms(database.dataSource, new Date('2026-02-01T00:00:30Z'));
    expect(await seats.count(tenantId)).toMatchObject({ term: 1, purchased: { core: 2 }, available: { core: 1 } });
    await beginDueTerms(database.dataSource, new Date('2026-04-01T00:01:00Z'));
    expect(await seats.count(tenantId)).toMatchObject({ term: 4, purchased: { core: 1 }, available: { core: 0 } });
  });

  it('is set right by the bill when a late fact changes what came before it', async () => {
    const [ada, bob] = [newId(), newId()];
    await setPlan();
    await tell([ada, true, '2026-01-10T09:00:00Z'], [bob, true, '2026-02-03T09:00:00Z']);
    await tell([ada, false, '2026-01-20T09:00:00Z']);
    expect(await seats.count(tenantId)).toMatchObject({ term: 2, purchased: { core: 2 }, available: { core: 1 } });
    await closeDueTerms(database.dataSource, clock.now(), 12);
    expect(await seats.count(tenantId)).toMatchObject({ term: 2, purchased: { core: 1 }, available: { core: 0 } });
    expect(await invoices.preview({ tenantId, after: 0, limit: 10 })).toMatchObject({ purchased: { core: 1 } });
  });

  it('is set right by the bill where people were in a class for no longer than the grace', async () => {
    const [ada, bob, cyd, groupId] = [newId(), newId(), newId(), newId()];
    await setPlan();
    const at = (time: string) => new Date(`2026-01-01T${time}:00Z`);
    await tell([ada, true, '2026-01-01T09:00:00Z'], [bob, true, '2026-01-01T09:00:00Z']);
    const group = { tenantId, groupId, displayName: DEFAULT_LIGHT_GROUP, managed: true };
    await apply([
      groupEvent({ ...group, type: 'group.created.v1', version: 1, time: at('09:01') }),
      groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, time: at('09:02'), added: [ada, bob] }),
    ]);
    await tell([cyd, true, '2026-01-01T10:00:00Z']);
    expect(await seats.count(tenantId)).toMatchObject({ purchased: { core: 2, light: 2 } });

    await settleTerms(database.dataSource, clock.at);
    const settled = { purchased: { core: 1, light: 2 }, available: { core: 0, light: 0 } };
    expect(await seats.count(tenantId)).toMatchObject(settled);
    expect(await invoices.preview({ tenantId, after: 0, limit: 10 })).toMatchObject({
      ...settled,
      lineCount: 3,
      total: 1500,
    });
    await settleTerms(database.dataSource, clock.at);
    await tell([cyd, false, '2026-01-02T10:00:00Z']);
    expect(await seats.count(tenantId)).toMatchObject({ ...settled, available: { core: 1, light: 0 } });
  });

  it('goes on where it is settled by a look that began in the term before', async () => {
    const [ada, groupId] = [newId(), newId()];
    await setPlan({ cap: { kind: 'alert', seats: 1 } });
    const group = { tenantId, groupId, displayName: DEFAULT_LIGHT_GROUP, managed: true };
    await tell([ada, true, '2026-01-10T09:00:00Z']);
    clock.at = new Date('2026-02-01T00:00:03Z');
    await apply([groupEvent({ ...group, type: 'group.created.v1', version: 1, time: clock.at })]);
    await apply([groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, time: clock.at, added: [ada] })]);
    const told = (await events('cap.reached.v1')).length;
    await settleTerms(database.dataSource, new Date('2026-01-31T23:59:50Z'));
    expect(await seats.count(tenantId)).toMatchObject({ term: 2 });
    expect(await events('cap.reached.v1')).toHaveLength(told);
  });

  it('is taken up where a plan was set before there were running terms', async () => {
    await setPlan();
    await tell([newId(), true, '2026-01-10T09:00:00Z']);
    await database.dataSource.query('UPDATE balance SET term = NULL, term_ends_at = NULL');
    await beginDueTerms(database.dataSource, clock.now());
    expect(await seats.count(tenantId)).toMatchObject({ term: 1, purchased: { core: 1 } });
    expect(await events('plan.applied.v1')).toHaveLength(2);
  });
});

describe('a plan', () => {
  it('is told when it begins to hold: at once, with this term, or with the next one', async () => {
    await setPlan({ cap: { kind: 'block', seats: 5 } });
    await setPlan({ cap: { kind: 'block', seats: 6 } }, 'this_term');
    await setPlan({ cap: { kind: 'block', seats: 7 } });
    await setPlan({ cap: { kind: 'block', seats: 8 } });
    await beginDueTerms(database.dataSource, new Date('2026-03-02T00:00:00Z'));
    expect((await events('plan.applied.v1')).map(({ data, time, actor }) => ({ ...data, time, actor }))).toMatchObject([
      { planVersion: 1, term: 1, cap: { kind: 'block', seats: 5 }, time: '2026-01-01T00:00:00.000Z' },
      { planVersion: 2, term: 1, cap: { kind: 'block', seats: 6 }, actor: 'operator:ada' },
      { planVersion: 4, term: 2, cap: { kind: 'block', seats: 8 }, time: '2026-02-01T00:00:00.000Z', actor: 'billing' },
    ]);
  });

  it('that counts from the first sign-in seats nobody before it, and lets seats follow when that changes', async () => {
    const [ada, bob, cyd] = [newId(), newId(), newId()];
    const signedInAt = new Date('2026-01-03T10:00:00Z');
    await setPlan({ billableFrom: 'first_sign_in' });
    await tell([ada, true, '2026-01-02T09:00:00Z'], [bob, true, '2026-01-02T09:00:00Z']);
    await tell([cyd, false, '2026-01-02T10:00:00Z']);
    expect((await seats.count(tenantId)).inUse).toBe(0);
    versions.set(ada, 2);
    const signedIn = { type: 'user.signed_in.v1', tenantId, userId: ada, version: 2, active: true };
    await apply([userEvent({ ...signedIn, time: signedInAt, signedInAt })]);
    expect((await lines())[0]).toMatchObject({ kind: 'occupied', userId: ada, effectiveAt: signedInAt });
    await tell([ada, false, '2026-01-04T10:00:00Z'], [ada, true, '2026-01-05T10:00:00Z']);
    expect((await lines()).map(({ kind }) => kind)).toEqual(['occupied', 'released', 'occupied']);

    await setPlan({ billableFrom: 'provisioned' }, 'this_term');
    expect((await lines())[3]).toMatchObject({
      kind: 'occupied',
      userId: bob,
      cause: { eventType: 'plan.applied.v1' },
    });
    await setPlan({ billableFrom: 'first_sign_in' }, 'this_term');
    expect((await lines())[4]).toMatchObject({ kind: 'released', userId: bob });
    expect((await seats.count(tenantId)).inUse).toBe(1);
  });

  it('names the light group, and classes follow in one commit', async () => {
    const [ada, groupId] = [newId(), newId()];
    await tell([ada, true, '2026-01-01T07:00:00Z'], [newId(), true, '2026-01-01T07:00:00Z']);
    const group = { tenantId, groupId, displayName: 'Readers', managed: true };
    await apply([
      groupEvent({ ...group, type: 'group.created.v1', version: 1 }),
      groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, added: [ada] }),
    ]);
    await setPlan({ lightGroup: 'readers' });
    expect(await seats.count(tenantId)).toMatchObject({ inUseCore: 2, inUseLight: 0 });
    await setPlan({ lightGroup: 'Readers' }, 'this_term');
    expect(await seats.count(tenantId)).toMatchObject({ inUseCore: 1, inUseLight: 1 });
    expect((await lines())[2]).toMatchObject({ kind: 'class_changed', seatClass: 'light', userId: ada });
    await setPlan();
    await beginDueTerms(database.dataSource, new Date('2026-02-02T00:00:00Z'));
    expect(await seats.count(tenantId)).toMatchObject({ inUseCore: 2, inUseLight: 0 });
    expect((await lines())[3]).toMatchObject({ kind: 'class_changed', effectiveAt: new Date('2026-02-01') });
  });

  it('holds from the beginning of the term: who is light by it, or counted no more, costs the term nothing else', async () => {
    const [ada, bob, groupId] = [newId(), newId(), newId()];
    await tell([ada, true, '2025-12-01T07:00:00Z'], [bob, true, '2025-12-01T07:00:00Z']);
    const group = { tenantId, groupId, displayName: 'Readers', managed: true };
    const joined = { time: new Date('2025-12-02T07:00:00Z'), added: [ada, bob] };
    await apply([
      groupEvent({ ...group, type: 'group.created.v1', version: 1, time: new Date('2025-12-01T08:00:00Z') }),
      groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, ...joined }),
    ]);
    const bill = async () => {
      const { total, lines } = (await invoices.preview({ tenantId, after: 0, limit: 10 })) ?? { lines: [] };
      return [total, lines.map(({ kind, seatClass }) => `${kind} ${seatClass}`)];
    };
    clock.at = new Date('2026-01-05T08:00:00Z');
    await setPlan({ lightGroup: 'Readers' });
    const days = (27 * 250) / 31;
    expect(await bill()).toEqual([2 * Math.round(days), ['purchase light', 'purchase light']]);
    clock.at = new Date('2026-01-20T08:00:00Z');
    await tell([newId(), true, '2026-01-20T07:00:00Z']);
    await setPlan({ lightGroup: 'Readers', billableFrom: 'first_sign_in' }, 'this_term');
    expect(await bill()).toEqual([0, []]);
    await settleTerms(database.dataSource, clock.at);
    const nothing = { core: 0, light: 0 };
    expect(await seats.count(tenantId)).toMatchObject({ purchased: nothing, available: nothing });
    await setPlan({ lightGroup: 'Readers', billableFrom: 'provisioned' }, 'this_term');
    expect((await bill())[1]).toEqual(['purchase light', 'purchase light', 'purchase core']);
    await settleTerms(database.dataSource, clock.at);
    expect(await seats.count(tenantId)).toMatchObject({ purchased: { core: 1, light: 2 }, available: nothing });
  });

  it('seats nobody for a time in which they were not active', async () => {
    const ada = newId();
    await setPlan({ billableFrom: 'first_sign_in' });
    await tell([ada, false, '2026-01-02T09:00:00Z']);
    await tell([ada, true, '2026-01-20T09:00:00Z']);
    clock.at = new Date('2026-01-25T09:00:00Z');
    await setPlan({ billableFrom: 'provisioned' }, 'this_term');
    expect(await lines()).toMatchObject([{ kind: 'occupied', effectiveAt: new Date('2026-01-20T09:00:00Z') }]);
  });

  it('reaches no term before its own by a grace', async () => {
    const [ada, groupId] = [newId(), newId()];
    const plan = { policy: 'available_seats', grace: { hours: 168 } };
    await setPlan(plan);
    await tell([ada, true, '2026-01-30T09:00:00Z']);
    const group = { tenantId, groupId, displayName: 'Readers', managed: true };
    const at = (time: string) => new Date(time);
    await apply([
      groupEvent({ ...group, type: 'group.created.v1', version: 1, time: at('2026-01-30T10:00:00Z') }),
      groupEvent({
        ...group,
        type: 'group.members_changed.v1',
        version: 2,
        time: at('2026-01-30T10:00:00Z'),
        added: [ada],
      }),
    ]);
    clock.at = at('2026-02-15T09:00:00Z');
    await closeDueTerms(database.dataSource, clock.at, 12);
    await setPlan({ ...plan, lightGroup: 'Readers' }, 'this_term');
    const { lines: billed = [] } = (await invoices.preview({ tenantId, after: 0, limit: 10 })) ?? {};
    expect(billed.map(({ kind, seatClass, correctsTerm }) => [kind, seatClass, correctsTerm ?? null])).toEqual([
      ['purchase', 'light', null],
    ]);
  });

  it('set between the end of a term and its close is for the term that runs, and the end of that stays', async () => {
    await tell([newId(), true, '2025-12-01T07:00:00Z']);
    await setPlan();
    clock.at = new Date('2026-02-01T09:00:00Z');
    await beginDueTerms(database.dataSource, clock.at);
    await setPlan({ prices: { core: 2000, light: 500 } }, 'this_term');
    await setPlan({ prices: { core: 3000, light: 500 }, anchorDay: 15 });
    await expect(setPlan({ anchorDay: 20 }, 'this_term')).rejects.toThrow(/applies from the next term/);
    expect(await plans.show(tenantId)).toMatchObject({
      version: 2,
      plan: { prices: { core: 2000 } },
      term: { number: 2, startsAt: '2026-02-01T00:00:00.000Z', endsAt: '2026-03-01T00:00:00.000Z' },
      next: { version: 3 },
    });
    clock.at = new Date('2026-03-02T09:00:00Z');
    await closeDueTerms(database.dataSource, clock.at, 12);
    const closed = await invoices.list(tenantId);
    expect(closed.map(({ total }) => total).toSorted((a, b) => a - b)).toEqual([1000, 2000]);
  });

  it('set while another process takes the running term from its bill is the one that holds', async () => {
    await setPlan();
    await tell([newId(), true, '2026-01-02T09:00:00Z']);
    await database.dataSource.query(`UPDATE balance SET term = term || '{"unsettled": true}'`);
    let settled: Promise<void> | undefined;
    await database.dataSource.transaction(async (tx) => {
      await lockTerms(tx, tenantId);
      await lockBalances(tx, [tenantId]);
      settled = settleTerms(database.dataSource, clock.at);
      await eventually(async () => {
        const waiting = await database.dataSource.query(
          'SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0',
        );
        expect(waiting).toHaveLength(1);
      });
      const plan = { ...(await plans.show(tenantId))?.plan, lightGroup: 'Readers' } as Plan;
      await addPlan(tx, tenantId, { version: 2, fromTerm: 1, plan, createdAt: clock.at }, 'operator:ada');
      await tx.query('UPDATE term SET plan_version = 2 WHERE tenant_id = $1', [tenantId]);
      await takeRunningTerm(tx, tenantId, clock.at);
    });
    await settled;
    expect((await events('plan.applied.v1')).map(({ version }) => version)).toEqual([1, 2]);
    const [balance] = await database.dataSource.query('SELECT term FROM balance WHERE tenant_id = $1', [tenantId]);
    expect(balance.term).toMatchObject({ planVersion: 2, lightGroup: 'Readers' });
  });

  it('gives a person one line at most when it changes who is counted and who is light', async () => {
    const [ada, groupId] = [newId(), newId()];
    await tell([ada, true, '2026-01-01T07:00:00Z']);
    const group = { tenantId, groupId, displayName: 'Readers', managed: true };
    await apply([
      groupEvent({ ...group, type: 'group.created.v1', version: 1 }),
      groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, added: [ada] }),
    ]);
    await setPlan({ lightGroup: 'Readers', billableFrom: 'first_sign_in' });
    await setPlan({ billableFrom: 'provisioned' }, 'this_term');
    expect((await lines()).map(({ kind, seatClass }) => [kind, seatClass])).toEqual([
      ['occupied', 'core'],
      ['released', 'core'],
      ['occupied', 'core'],
    ]);
  });
});

describe('a cap', () => {
  it('is told of at 80, 90 and 100 percent, each once a term', async () => {
    await setPlan({ cap: { kind: 'alert', seats: 10 } });
    const people = Array.from({ length: 12 }, () => newId());
    for (const each of people) await tell([each, true, '2026-01-02T09:00:00Z']);
    for (const each of people.slice(0, 6)) await tell([each, false, '2026-01-03T09:00:00Z']);
    for (const each of people.slice(0, 3)) await tell([each, true, '2026-01-04T09:00:00Z']);
    const reached = async () =>
      (await events('cap.reached.v1')).map(({ data }) => {
        const { threshold, inUse, term, sequence } = data as Record<string, number>;
        return [threshold, inUse, term, sequence];
      });
    expect(await reached()).toEqual([
      [80, 8, 1, 8],
      [90, 9, 1, 9],
      [100, 10, 1, 10],
    ]);
    await beginDueTerms(database.dataSource, new Date('2026-02-02T00:00:00Z'));
    expect((await reached()).slice(3)).toEqual([
      [80, 9, 2, 21],
      [90, 9, 2, 21],
    ]);
  });

  it('is not told of while a plan frees the seats that would reach it', async () => {
    const people = [newId(), newId(), newId()];
    for (const each of people) await tell([each, true, '2025-12-01T09:00:00Z']);
    await setPlan({ billableFrom: 'first_sign_in', cap: { kind: 'alert', seats: 2 } });
    expect(await events('cap.reached.v1')).toEqual([]);
    await setPlan({ cap: { kind: 'alert', seats: 3 } }, 'this_term');
    const [plan] = (await events('plan.applied.v1')).slice(-1);
    const reached = await events('cap.reached.v1');
    expect(reached.map(({ data }) => (data as { threshold: number }).threshold)).toEqual([80, 90, 100]);
    expect(reached.every(({ causationid }) => causationid === plan?.id)).toBe(true);
    await beginDueTerms(database.dataSource, new Date('2026-02-02T00:00:00Z'));
    const again = (await events('cap.reached.v1')).slice(3);
    expect(again.map(({ causationid }) => causationid)).toEqual([undefined, undefined, undefined]);
  });

  it('that is raised within the term is told of again as seats come near to it', async () => {
    await setPlan({ cap: { kind: 'alert', seats: 1 } });
    await tell([newId(), true, '2026-01-02T09:00:00Z']);
    await setPlan({ cap: { kind: 'alert', seats: 5 } }, 'this_term');
    for (let count = 0; count < 4; count++) await tell([newId(), true, '2026-01-03T09:00:00Z']);
    const reached = (await events('cap.reached.v1')).map(({ data }) => data as Record<string, number>);
    expect(reached.map(({ threshold, seats: cap, inUse }) => [threshold, cap, inUse])).toEqual([
      [80, 1, 1],
      [90, 1, 1],
      [100, 1, 1],
      [80, 5, 4],
      [90, 5, 5],
      [100, 5, 5],
    ]);
  });

  it('that is set below what is in use is told of at once, and nobody loses a seat', async () => {
    await setPlan();
    await tell([newId(), true, '2026-01-02T09:00:00Z'], [newId(), true, '2026-01-02T09:00:00Z']);
    await setPlan({ cap: { kind: 'block', seats: 1 } }, 'this_term');
    expect((await events('cap.reached.v1')).map(({ data }) => data)).toMatchObject([
      { threshold: 80, kind: 'block', seats: 1, inUse: 2 },
      { threshold: 90 },
      { threshold: 100 },
    ]);
    expect((await seats.count(tenantId)).inUse).toBe(2);
  });
});

describe('a snapshot', () => {
  it('tells each tenant as it is, once a day', async () => {
    await setPlan();
    await tell([newId(), true, '2026-01-02T09:00:00Z']);
    await tellSnapshots(database.dataSource, new Date('2026-01-02T09:00:00Z'));
    await tellSnapshots(database.dataSource, new Date('2026-01-02T23:59:00Z'));
    await tellSnapshots(database.dataSource, new Date('2026-01-04T00:00:00Z'));
    expect((await events('seats.snapshot.v1')).map(({ data }) => data)).toEqual([
      {
        day: '2026-01-02',
        sequence: 1,
        asOf: '2026-01-02T09:00:00.000Z',
        inUse: 1,
        inUseCore: 1,
        inUseLight: 0,
        term: 1,
        purchased: { core: 1, light: 0 },
        available: { core: 0, light: 0 },
        peak: { seats: { core: 1, light: 0 }, at: '2026-01-02T09:00:00.000Z' },
      },
      expect.objectContaining({ day: '2026-01-04', sequence: 1 }),
    ]);
  });

  it('on the day on which a term begins is of that term', async () => {
    const bob = newId();
    await setPlan();
    await tell([newId(), true, '2026-01-02T09:00:00Z'], [bob, true, '2026-01-02T09:00:00Z']);
    await tell([bob, false, '2026-01-03T09:00:00Z']);
    await tellSnapshots(database.dataSource, new Date('2026-01-31T00:00:30Z'));
    for (const time of ['2026-02-01T00:00:30Z', '2026-02-01T00:01:30Z']) {
      await beginDueTerms(database.dataSource, new Date(time));
      await tellSnapshots(database.dataSource, new Date(time));
    }
    expect((await events('seats.snapshot.v1')).map(({ data }) => data)).toMatchObject([
      { day: '2026-01-31', term: 1, purchased: { core: 2 }, available: { core: 1 } },
      { day: '2026-02-01', term: 2, purchased: { core: 1 }, available: { core: 0 } },
    ]);
  });
});

describe('why a person is billed', () => {
  it('is the chain from the request to the lines of invoices', async () => {
    const ada = newId();
    await setPlan();
    await tell([newId(), true, '2026-01-02T09:00:00Z'], [ada, true, '2026-01-22T09:00:00Z']);
    clock.at = new Date('2026-02-01T12:00:00Z');
    await closeDueTerms(database.dataSource, clock.now(), 12);
    const service = new WhyService(database.dataSource, invoices);
    const why = await service.why(tenantId, ada);
    expect(why.chain).toMatchObject([
      { step: 'scim_request', requestId: 'request-1', actor: 'operator' },
      { step: 'command' },
      { step: 'directory_event', eventType: 'user.created.v1' },
      { step: 'ledger_line', sequence: 2, kind: 'occupied' },
      { step: 'seat', occupied: true },
      { step: 'invoice_line', status: 'preview', term: 2, number: 2, ledgerLine: 2 },
    ]);
    expect(why.lines).toHaveLength(1);
    const [invoice] = await invoices.list(tenantId);
    expect(why.invoiceLines).toMatchObject([
      { status: 'preview', invoiceId: null, term: 2, kind: 'renewal', amountDecimal: '10.00', currency: 'EUR' },
      { status: 'closed', invoiceId: invoice?.invoiceId, term: 1, kind: 'purchase', amountDecimal: '3.23' },
    ]);
    await expect(service.why(newId(), ada)).rejects.toMatchObject({ status: 404 });
  });
});
