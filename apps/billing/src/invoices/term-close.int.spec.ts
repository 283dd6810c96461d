import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InvoiceAnswer } from '#billing-api/billing';
import { readEvent } from '#events/read-event';
import { newId } from '#runtime/ids';
import { eventually } from '../../../../test/harness/eventually.ts';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { userEvent } from '../../test/directory-events.ts';
import { SetClock } from '../../test/set-clock.ts';
import { ExportsService } from '../exports/exports.service.ts';
import { LedgerService } from '../ledger/ledger.service.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { ImpossiblePlan } from '../terms/plan.ts';
import { addAdjustments } from './invoice-rows.ts';
import { InvoicesService } from './invoices.service.ts';
import { PlanConflict, PlansService } from './plans.service.ts';
import { lateCorrections } from './term-bill.ts';
import { closeDueTerms } from './term-close.ts';
import { openTerm } from './term-rows.ts';

const CUTOFF_HOURS = 12;
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
});
afterEach(() => database.drop());

beforeEach(() => {
  tenantId = newId();
  clock.at = new Date('2026-01-01T08:00:00Z');
});

/** The directory tells of a person, at a time of its own; billing learns of it now. */
async function tell(userId: string, active: boolean, time: string): Promise<void> {
  const version = (versions.get(userId) ?? 0) + 1;
  versions.set(userId, version);
  const type = version === 1 ? 'user.created.v1' : active ? 'user.activated.v1' : 'user.deactivated.v1';
  const event = userEvent({ type, tenantId, userId, version, active, time: new Date(time) });
  await database.dataSource.transaction((tx) => seats.apply(tx, [event]));
}

function setPlan(change: object = {}, applies: 'next_term' | 'this_term' = 'next_term') {
  return plans.set(
    { tenantId, plan: { ...PLAN, ...change }, applies, actor: 'operator:ada' },
    { commandId: newId(), requestId: 'spec' },
  );
}

async function closeAt(time: string): Promise<number> {
  clock.at = new Date(time);
  return closeDueTerms(database.dataSource, clock.now(), CUTOFF_HOURS);
}

async function preview(): Promise<InvoiceAnswer> {
  const answer = await invoices.preview({ tenantId, after: 0, limit: 1_000 });
  if (!answer) throw new Error('there is no open term');
  return answer;
}

async function closed(): Promise<InvoiceAnswer[]> {
  const all = (await invoices.list(tenantId)).toReversed();
  const shown = all.map(({ invoiceId }) =>
    invoices.show({ tenantId, invoiceId: invoiceId ?? '', after: 0, limit: 1_000 }),
  );
  return (await Promise.all(shown)).filter((invoice) => invoice !== undefined);
}

async function csvOf(invoice: InvoiceAnswer | undefined): Promise<Record<string, string>[]> {
  const { dataSource } = database;
  const exports = new ExportsService(dataSource, new LedgerService(dataSource));
  let csv = '';
  for await (const piece of exports.invoiceCsv(tenantId, { id: invoice?.invoiceId ?? '', currency: 'EUR' }))
    csv += piece;
  const [names = [], ...lines] = csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
  return lines.map((values) => Object.fromEntries(values.map((value, at) => [names[at], value])));
}

describe('a plan', () => {
  it('opens the first term on the local day it is set', async () => {
    clock.at = new Date('2026-01-14T23:30:00Z');
    expect(await setPlan({ timeZone: 'Europe/Berlin' })).toMatchObject({
      version: 1,
      next: null,
      term: {
        number: 1,
        startsAt: '2026-01-14T23:00:00.000Z',
        endsAt: '2026-01-31T23:00:00.000Z',
        days: 17,
        fullDays: 31,
      },
    });
  });

  it('applies from the next term unless said', async () => {
    await setPlan();
    const answer = await setPlan({ prices: { core: 2000, light: 0 } });
    expect(answer).toMatchObject({ version: 1, plan: PLAN, next: { version: 2, plan: { prices: { core: 2000 } } } });
    await closeAt('2026-02-01T12:00:00Z');
    expect(await plans.show(tenantId)).toMatchObject({ version: 2, next: null, term: { number: 2 } });
  });

  it('applies to the open term when said', async () => {
    await setPlan();
    await tell(newId(), true, '2026-01-01T09:00:00Z');
    await setPlan({ prices: { core: 2000, light: 0 } }, 'this_term');
    expect(await preview()).toMatchObject({ total: 2000, totalDecimal: '20.00' });
  });

  it('cannot change the currency, or the end of the open term', async () => {
    await setPlan();
    await expect(setPlan({ currency: 'USD' })).rejects.toThrow(PlanConflict);
    await expect(setPlan({ anchorDay: 2 }, 'this_term')).rejects.toThrow(PlanConflict);
    await expect(setPlan({ prices: { core: -1, light: 0 } })).rejects.toThrow(ImpossiblePlan);
    expect(await plans.show(tenantId)).toMatchObject({ version: 1, next: null });
  });

  it('is set once by two who set the first one at the same time', async () => {
    await Promise.all([setPlan(), setPlan()]);
    expect(await plans.show(tenantId)).toMatchObject({ version: 1, term: { number: 1 }, next: { version: 2 } });
  });
});

describe('the close of a term', () => {
  it('waits for the cut-off', async () => {
    await setPlan();
    expect(await closeAt('2026-02-01T11:59:59.999Z')).toBe(0);
    expect(await closeAt('2026-02-01T12:00:00Z')).toBe(1);
  });

  it('freezes what the preview showed, opens the next term and tells of it', async () => {
    await setPlan();
    const [ada, bob] = [newId(), newId()];
    await tell(ada, true, '2026-01-01T09:00:00Z');
    await tell(bob, true, '2026-01-22T09:00:00Z');
    await tell(ada, false, '2026-01-25T09:00:00Z');
    const before = await preview();
    expect(before).toMatchObject({
      total: 1323,
      purchased: { core: 2, light: 0 },
      available: { core: 1, light: 0 },
      inUse: { core: 1, light: 0 },
      peak: { seats: { core: 2, light: 0 }, at: '2026-01-22T09:00:00.000Z' },
    });
    expect(before.lines).toMatchObject([
      {
        number: 1,
        kind: 'purchase',
        userId: ada,
        userName: 'ada@example.com',
        days: 31,
        amount: 1000,
        ledgerLines: [1],
      },
      { number: 2, kind: 'purchase', userId: bob, fromDay: '2026-01-22', days: 10, amount: 323, ledgerLines: [2] },
    ]);
    await closeAt('2026-02-01T12:00:00Z');
    const [invoice] = await closed();
    const { invoiceId, status, asOf, ...rest } = before;
    expect(invoice).toMatchObject({ status: 'closed', asOf: '2026-02-01T12:00:00.000Z', ...rest });
    expect(await preview()).toMatchObject({
      total: 1000,
      term: { number: 2 },
      lines: [{ kind: 'renewal', userId: bob }],
    });

    const [told] = await database.dataSource.query(
      `SELECT event FROM outbox WHERE tenant_id = $1 AND type = 'term.closed.v1'`,
      [tenantId],
    );
    expect(readEvent(JSON.stringify(told.event))).toMatchObject({
      subject: 'terms/1',
      version: 1,
      data: { invoiceId: invoice?.invoiceId, total: 1323, lines: 2, sequence: 3 },
    });
  });

  it('happens once when two runs are at it together', async () => {
    await setPlan();
    await tell(newId(), true, '2026-01-01T09:00:00Z');
    clock.at = new Date('2026-02-02T00:00:00Z');
    const runs = Array.from({ length: 4 }, () => closeDueTerms(database.dataSource, clock.now(), CUTOFF_HOURS));
    const counts = await Promise.all(runs);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await closed()).toHaveLength(1);
  });

  it('catches up over three terms that were missed', async () => {
    await setPlan();
    const ada = newId();
    await tell(ada, true, '2026-01-01T09:00:00Z');
    await tell(ada, false, '2026-03-10T09:00:00Z');
    expect(await closeAt('2026-04-01T12:00:00Z')).toBe(3);
    expect((await closed()).map(({ term, total }) => [term.number, term.startsAt, total])).toEqual([
      [1, '2026-01-01T00:00:00.000Z', 1000],
      [2, '2026-02-01T00:00:00.000Z', 1000],
      [3, '2026-03-01T00:00:00.000Z', 1000],
    ]);
    expect(await preview()).toMatchObject({ total: 0, lineCount: 0, term: { number: 4 } });
  });

  it('goes on with the terms of others when one tenant’s cannot be closed', async () => {
    await setPlan();
    const broken = tenantId;
    await database.dataSource.query(
      `INSERT INTO ledger_line (tenant_id, sequence, id, user_id, kind, effective_at, recorded_at, event_id, event_type,
                                command_id, request_id, actor, in_use, in_use_light, seat_class)
       VALUES ($1, 1, $2, $2, 'occupied', '2026-01-01', '2026-01-01', $2, 'x', $2, '', '', 1, 0, 'core')`,
      [broken, newId()],
    );
    await database.dataSource.query('UPDATE balance SET in_use = 1, sequence = 1 WHERE tenant_id = $1', [broken]);
    const one = newId();
    await database.dataSource.query(
      `INSERT INTO invoice (tenant_id, id, term_number, currency, total, line_count, seats, closed_at)
       VALUES ($1, $2, 1, 'EUR', 0, 0, '{}', now())`,
      [broken, one],
    );
    tenantId = newId();
    await setPlan();
    expect(await closeAt('2026-02-01T12:00:00Z')).toBe(1);
    expect(await closed()).toHaveLength(1);
  });
});

describe('a fact that is recorded after the close', () => {
  it('is an adjustment of the open term, once, and never an edit of the closed one', async () => {
    await setPlan({ policy: 'prorate_and_credit' });
    const [ada, bob] = [newId(), newId()];
    await tell(ada, true, '2026-01-01T00:00:00Z');
    await closeAt('2026-02-01T12:00:00Z');
    const [before] = await closed();
    await tell(bob, true, '2026-01-22T09:00:00Z');
    await tell(ada, false, '2026-01-24T09:00:00Z');

    const shown = await preview();
    await closeAt('2026-02-02T00:00:00Z');
    await closeAt('2026-02-03T00:00:00Z');
    const kept = await preview();
    expect({ ...kept, asOf: '' }).toEqual({ ...shown, asOf: '' });
    expect(kept.lines).toMatchObject([
      { kind: 'renewal', userId: bob, amount: 1000, ledgerLines: [2] },
      { kind: 'charge', userId: bob, days: 10, amount: 323, ledgerLines: [2], correctsTerm: 1, removed: false },
      { kind: 'credit', userId: ada, days: 7, amount: -226, ledgerLines: [3], correctsTerm: 1, removed: false },
    ]);
    expect(kept.total).toBe(1097);

    await closeAt('2026-03-01T12:00:00Z');
    const [first, second] = await closed();
    expect(first).toEqual(before);
    expect(second).toMatchObject({ total: 1097, lineCount: 3 });
    expect(await csvOf(second)).toEqual(
      [
        {
          number: '1',
          kind: 'renewal',
          user_id: bob,
          amount_minor: '1000',
          amount: '10',
          corrects_term: '',
          removed: 'false',
        },
        {
          number: '2',
          kind: 'charge',
          user_id: bob,
          amount_minor: '323',
          amount: '3.23',
          corrects_term: '1',
          removed: 'false',
        },
        {
          number: '3',
          kind: 'credit',
          user_id: ada,
          amount_minor: '-226',
          amount: '-2.26',
          corrects_term: '1',
          removed: 'false',
        },
      ].map((line) => expect.objectContaining({ ...line, currency: 'EUR' })),
    );
    expect(await preview()).toMatchObject({ total: 1000, lineCount: 1 });
  });

  it('goes by the grace of the term it concerns, whatever the plan of now says', async () => {
    const ada = newId();
    await setPlan({ policy: 'prorate_and_credit', grace: { hours: 168 } });
    await setPlan({ policy: 'prorate_and_credit', grace: { hours: 0 } });
    await tell(ada, true, '2026-01-01T09:00:00Z');
    await tell(ada, false, '2026-01-29T09:00:00Z');
    await closeAt('2026-02-01T12:00:00Z');
    const [january] = await closed();
    expect(january?.lines.map(({ kind }) => kind)).toEqual(['charge', 'credit']);
    clock.at = new Date('2026-02-02T12:00:00Z');
    await tell(ada, true, '2026-02-02T09:00:00Z');
    const { lines } = await preview();
    expect(lines.filter(({ correctsTerm }) => correctsTerm === 1)).toMatchObject([{ kind: 'credit', removed: true }]);
  });

  it('is once in a preview that is made while it is written down', async () => {
    await setPlan({ policy: 'prorate_and_credit' });
    await closeAt('2026-02-01T12:00:00Z');
    await tell(newId(), true, '2026-01-22T09:00:00Z');
    const { total } = await preview();
    const other = database.dataSource.createQueryRunner();
    await other.startTransaction();
    const open = await openTerm(other.manager, tenantId);
    if (!open) throw new Error('there is no open term');
    await other.query('LOCK TABLE invoice_line');
    const shown = preview();
    await eventually(async () => {
      const [{ waiting }] = await database.dataSource.query(
        `SELECT count(*)::int AS waiting FROM pg_locks WHERE relation = 'invoice_line'::regclass AND NOT granted`,
      );
      expect(waiting).toBe(1);
    });
    await addAdjustments(other.manager, tenantId, 2, await lateCorrections(other.manager, open, 1), clock.now());
    await other.query('UPDATE term SET adjusted_through = 1 WHERE tenant_id = $1 AND number = 2', [tenantId]);
    await other.commitTransaction();
    await other.release();
    expect(await shown).toMatchObject({ total, lineCount: 2 });
    expect(await preview()).toMatchObject({ total, lineCount: 2 });
  });

  it('takes a line off that should not have been billed, in every term since', async () => {
    await setPlan();
    const ada = newId();
    await tell(ada, true, '2026-01-10T00:00:00Z');
    await closeAt('2026-03-01T12:00:00Z');
    await tell(ada, false, '2026-01-20T00:00:00Z');
    await closeAt('2026-03-02T00:00:00Z');
    expect(await preview()).toMatchObject({
      total: -1000,
      totalDecimal: '-10.00',
      lines: [{ kind: 'renewal', userId: ada, amount: -1000, correctsTerm: 2, removed: true }],
    });
    await closeAt('2026-04-01T12:00:00Z');
    expect((await closed()).map(({ total }) => total)).toEqual([710, 1000, -1000]);
  });
});

describe('what is closed', () => {
  it.each([
    ['an invoice', 'UPDATE invoice SET total = 0'],
    ['an invoice', 'DELETE FROM invoice'],
    ['a line', 'UPDATE invoice_line SET amount = 0'],
    ['a line', 'DELETE FROM invoice_line'],
    ['all lines', 'TRUNCATE invoice_line'],
    ['an adjustment', 'UPDATE adjustment SET amount = 0'],
    ['a plan', `UPDATE plan SET content = '{}'`],
    ['a closed term', 'UPDATE term SET ends_at = now() WHERE closed_at IS NOT NULL'],
    ['a closed term', 'UPDATE term SET closed_at = NULL, closed_through = NULL WHERE closed_at IS NOT NULL'],
    ['a term', 'DELETE FROM term'],
    [
      'further lines',
      `INSERT INTO invoice_line SELECT tenant_id, invoice_id, number + 1000, corrects_term, removed, kind,
       user_id, seat_class, from_day, days, full_days, price, amount, ledger_line FROM invoice_line`,
    ],
    [
      'late adjustments',
      `INSERT INTO adjustment SELECT tenant_id, 2, 9, 1, removed, kind,
       user_id, seat_class, from_day, days, full_days, price, amount, ledger_line, now() FROM invoice_line LIMIT 1`,
    ],
  ])('keeps %s from: %s', async (_, statement) => {
    await setPlan();
    await tell(newId(), true, '2026-01-10T00:00:00Z');
    await closeAt('2026-03-01T12:00:00Z');
    await expect(database.dataSource.query(statement)).rejects.toMatchObject({ code: '23001' });
  });
});

describe('an invoice', () => {
  it('is read page by page, closed or not', async () => {
    await setPlan();
    for (let index = 0; index < 5; index++) await tell(newId(), true, '2026-01-10T00:00:00Z');
    const pages = [await invoices.preview({ tenantId, after: 0, limit: 2 })];
    pages.push(await invoices.preview({ tenantId, after: 4, limit: 2 }));
    expect(pages.map((page) => [page?.lines.map(({ number }) => number), page?.next])).toEqual([
      [[1, 2], 2],
      [[5], null],
    ]);
    await closeAt('2026-02-01T12:00:00Z');
    const [{ invoiceId } = { invoiceId: null }] = await invoices.list(tenantId);
    const page = await invoices.show({ tenantId, invoiceId: invoiceId ?? '', after: 2, limit: 2 });
    expect([page?.lines.map(({ number }) => number), page?.next]).toEqual([[3, 4], 4]);
  });

  it('of another tenant is not there', async () => {
    await setPlan();
    await closeAt('2026-02-01T12:00:00Z');
    const [{ invoiceId } = { invoiceId: null }] = await invoices.list(tenantId);
    expect(await invoices.show({ tenantId: newId(), invoiceId: invoiceId ?? '', after: 0, limit: 1 })).toBeUndefined();
  });
});
