import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { newId } from '#runtime/ids';
import { billOf } from '../../test/bill-of.ts';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { userEvent } from '../../test/directory-events.ts';
import { DirectoryModel, groupEvent, OPERATIONS } from '../../test/directory-model.ts';
import { SetClock } from '../../test/set-clock.ts';
import { DEFAULT_LIGHT_GROUP } from '../classes/seat-class.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { termFrom } from '../terms/calendar.ts';
import { type Plan, readPlan } from '../terms/plan.ts';
import { longestGraceMs, type SeatFact } from '../terms/stays.ts';
import type { InvoiceLine } from './invoice-line.ts';
import { TermBill } from './term-bill.ts';
import { lastLedgerLine } from './term-rows.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 6) * 10;
const HOUR_MS = 3_600_000;
/** Shortly before a term begins, so that many leave in one and return in the next. */
const BEGIN = Date.parse('2026-01-28T00:00:00Z');
const MONTHS = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01'];

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
const clock = new SetClock();

beforeAll(async () => {
  database = await createBillingDatabase();
});
afterAll(() => database.drop());

const PLAN = { currency: 'EUR', prices: { core: 1000, light: 300 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };

const plan = fc
  .record({
    policy: fc.constantFrom('available_seats', 'prorate_and_credit', 'peak'),
    grace: fc.oneof(fc.constant('same_day'), fc.record({ hours: fc.nat({ max: 100 }) })),
  })
  .map((part) => readPlan({ ...PLAN, ...part }));

/** What happens, an hour and more after the one before, or told of late. */
const happenings = fc.array(
  fc.record({
    kind: fc.oneof(fc.constantFrom(...OPERATIONS, 'create user'), fc.constant('flip user' as const)),
    a: fc.nat(4),
    b: fc.nat(50),
    afterHours: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.integer({ min: 1, max: 400 })),
    lateHours: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 1_500 })),
  }),
  { minLength: 10, maxLength: 40 },
);

/** A bill of a term by every line that there is, read from the first one on. */
async function wholeLedger(tx: EntityManager, tenantId: string, of: { plan: Plan; start: Date; through: number }) {
  const term = termFrom(of.start, of.plan);
  const facts: SeatFact[] = await tx.query(
    `SELECT sequence::float8 AS sequence, user_id AS "userId", coalesce(adjusted_to, kind) AS kind, seat_class AS "seatClass",
            (extract(epoch FROM effective_at) * 1000)::float8 AS at
     FROM ledger_line WHERE tenant_id = $1 AND sequence <= $2 AND effective_at < $3 ORDER BY sequence`,
    [tenantId, of.through, new Date(term.end.getTime() + longestGraceMs(of.plan))],
  );
  const bill = billOf({ plan: of.plan, term, facts });
  const lines = [...bill.lines()].map(({ day, ...line }) => ({ ...line, fromDay: term.days[day] ?? '' }));
  return { lines: lines.map(shown).toSorted(), seats: bill.seats() };
}

async function billed(tx: EntityManager, tenantId: string, of: { plan: Plan; start: Date; through: number }) {
  const { end } = termFrom(of.start, of.plan);
  const row = { tenantId, number: 1, planVersion: 1, plan: of.plan, startsAt: of.start, endsAt: end };
  const bill = await TermBill.of(tx, { ...row, adjustedThrough: 0, closedAt: null }, of.through);
  return { lines: [...bill.lines()].map(shown).toSorted(), seats: bill.seats() };
}

type Shown = Pick<InvoiceLine, 'kind' | 'userId' | 'seatClass' | 'fromDay' | 'days' | 'amount'>;

/** What a line bills: which ledger line it is explained by is left out. */
function shown({ kind, userId, seatClass, fromDay, days, amount }: Shown): string {
  return [kind, userId, seatClass, fromDay, days, amount].join(' ');
}

describe('the bill of a term', () => {
  it('is the same read from the seats as read from all the ledger, by any line of it, whatever came after', async () => {
    const { dataSource } = database;
    await fc.assert(
      fc.asyncProperty(happenings, plan, async (all, each) => {
        const seats = new SeatsService(dataSource, clock);
        const directory = new DirectoryModel();
        const { tenantId } = directory;
        let now = BEGIN;
        for (const { afterHours, lateHours, ...operation } of all) {
          now += afterHours * HOUR_MS;
          clock.at = new Date(now);
          directory.now = clock.at;
          const time = new Date(now - lateHours * HOUR_MS).toISOString();
          const events = directory.perform(operation).map((event) => ({ ...event, time }));
          if (events.length > 0) await dataSource.transaction((tx) => seats.apply(tx, events));
        }
        const { sequence } = await seats.count(tenantId);
        await dataSource.transaction(async (tx) => {
          for (const month of MONTHS) {
            for (const through of [sequence, Math.ceil(sequence * 0.7), Math.ceil(sequence * 0.3)]) {
              const of = { plan: each, start: new Date(month), through };
              expect(await billed(tx, tenantId, of)).toEqual(await wholeLedger(tx, tenantId, of));
            }
          }
        });
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('counts what is dated into the future when that time has come, and not before', async () => {
    const [ada, bob] = [newId(), newId()];
    const tenantId = await told('2026-01-10', [
      (tenant) => joined(tenant, ada, '2026-03-10'),
      (tenant) => joined(tenant, bob, '2026-01-09'),
    ]);
    expect(await linesIn(tenantId, '2026-01-01')).toEqual([`purchase ${bob} core`]);
    expect(await linesIn(tenantId, '2026-02-01')).toEqual([`renewal ${bob} core`]);
    expect(await linesIn(tenantId, '2026-03-01')).toEqual([`purchase ${ada} core`, `renewal ${bob} core`]);
    expect(await linesIn(tenantId, '2026-04-01')).toEqual([`renewal ${ada} core`, `renewal ${bob} core`].toSorted());
  });

  it('has who leaves, or changes class, at a time in the future in it until then', async () => {
    const [ada, bob, group] = [newId(), newId(), newId()];
    const tenantId = await told('2026-01-10', [
      (tenant) => joined(tenant, ada, '2025-12-10'),
      (tenant) => joined(tenant, bob, '2025-12-10'),
      (tenant) => lightGroup(tenant, group, [], '2025-12-10'),
      (tenant) => left(tenant, ada, '2026-03-10'),
      (tenant) => lightGroup(tenant, group, [bob], '2026-03-10'),
    ]);
    const both = [`renewal ${ada} core`, `renewal ${bob} core`].toSorted();
    expect(await linesIn(tenantId, '2026-01-01')).toEqual(both);
    expect(await linesIn(tenantId, '2026-02-01')).toEqual(both);
    expect(await linesIn(tenantId, '2026-03-01')).toEqual([`purchase ${bob} light`, ...both]);
    expect(await linesIn(tenantId, '2026-04-01')).toEqual([`renewal ${bob} light`]);
  });

  it('has nobody in it for a change of class that is dated before they came', async () => {
    const [ada, group] = [newId(), newId()];
    const tenantId = await told('2026-03-10', [
      (tenant) => joined(tenant, ada, '2026-03-05'),
      (tenant) => lightGroup(tenant, group, [], '2026-01-05'),
      (tenant) => lightGroup(tenant, group, [ada], '2026-01-06'),
    ]);
    expect(await linesIn(tenantId, '2026-01-01')).toEqual([]);
    expect(await linesIn(tenantId, '2026-02-01')).toEqual([]);
    expect(await linesIn(tenantId, '2026-03-01')).toEqual([`purchase ${ada} light`]);
  });
});

/** A tenant of which all this is told at once. */
async function told(at: string, what: ((tenantId: string) => CloudEvent)[]): Promise<string> {
  const tenantId = newId();
  clock.at = new Date(at);
  const seats = new SeatsService(database.dataSource, clock);
  await database.dataSource.transaction((tx) =>
    seats.apply(
      tx,
      what.map((event) => event(tenantId)),
    ),
  );
  return tenantId;
}

function joined(tenantId: string, userId: string, at: string): CloudEvent {
  return userEvent({ type: 'user.created.v1', tenantId, userId, version: 1, active: true, time: new Date(at) });
}

function left(tenantId: string, userId: string, at: string): CloudEvent {
  return userEvent({ type: 'user.deactivated.v1', tenantId, userId, version: 2, active: false, time: new Date(at) });
}

/** The light group, version by version: who is in it from then on. */
function lightGroup(tenantId: string, groupId: string, added: string[], at: string): CloudEvent {
  const [type, version] =
    added.length > 0 ? (['group.members_changed.v1', 2] as const) : (['group.created.v1', 1] as const);
  const facts = { tenantId, groupId, displayName: DEFAULT_LIGHT_GROUP, managed: true, time: new Date(at) };
  return groupEvent({ ...facts, type, version, added });
}

async function linesIn(tenantId: string, start: string): Promise<string[]> {
  const { dataSource } = database;
  const through = await lastLedgerLine(dataSource.manager, tenantId);
  const { lines } = await dataSource.transaction((tx) =>
    billed(tx, tenantId, { plan: readPlan(PLAN), start: new Date(start), through }),
  );
  return lines.map((line) => line.split(' ').slice(0, 3).join(' '));
}
