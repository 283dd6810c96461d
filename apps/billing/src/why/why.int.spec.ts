import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#runtime/ids';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { userEvent } from '../../test/directory-events.ts';
import { SetClock } from '../../test/set-clock.ts';
import { InvoicesService } from '../invoices/invoices.service.ts';
import { PlansService } from '../invoices/plans.service.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { WhyService } from './why.service.ts';

const PLAN = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let service: WhyService;
let tenantId: string;
let bob: string;
let version: number;
const clock = new SetClock();

beforeAll(async () => {
  database = await createBillingDatabase();
  service = new WhyService(database.dataSource, new InvoicesService(database.dataSource, clock));
});
afterAll(() => database.drop());
beforeEach(async () => {
  [tenantId, bob, version] = [newId(), newId(), 0];
  await tell(newId(), 1, true, '2026-01-01T08:00:00Z');
});

describe('the chain of who is billed', () => {
  it('is of the line that the open bill names, and not of the one by which they have left since', async () => {
    const came = await bobIs(true, '2026-01-01T09:00:00Z');
    await setPlan('2026-01-02T09:00:00Z');
    const left = await bobIs(false, '2026-01-03T09:00:00Z');
    const { chain, occupied, since, lines } = await service.why(tenantId, bob);
    expect(chain).toEqual([
      { step: 'scim_request', requestId: 'request-1', actor: 'operator' },
      { step: 'command', commandId: came.commandid },
      { step: 'directory_event', eventId: came.id, eventType: 'user.created.v1' },
      {
        step: 'ledger_line',
        sequence: 2,
        kind: 'occupied',
        effectiveAt: new Date(came.time),
        recordedAt: new Date(came.time),
      },
      { step: 'seat', occupied: true, since: new Date(came.time) },
      { step: 'invoice_line', status: 'preview', term: 1, number: 2, ledgerLine: 2 },
    ]);
    expect({ occupied, since }).toEqual({ occupied: false, since: new Date(left.time) });
    expect(lines.map(({ sequence }) => sequence)).toEqual([3, 2]);
  });

  it('leads to those lines of the bill alone that its ledger line caused', async () => {
    await bobIs(true, '2026-01-01T09:00:00Z');
    await setPlan('2026-01-02T09:00:00Z', { policy: 'prorate_and_credit' });
    await bobIs(false, '2026-01-03T09:00:00Z');
    const { chain, invoiceLines } = await service.why(tenantId, bob);
    expect(invoiceLines).toMatchObject([
      { kind: 'renewal', ledgerLines: [2] },
      { kind: 'credit', ledgerLines: [3] },
    ]);
    expect(chain.filter(({ step }) => step === 'ledger_line' || step === 'invoice_line')).toMatchObject([
      { sequence: 2 },
      { number: 2, ledgerLine: 2 },
    ]);
  });

  it('is of a line that is older than the lines shown', async () => {
    await bobIs(true, '2026-01-01T09:00:00Z');
    await setPlan('2026-01-02T09:00:00Z');
    for (let hour = 0; hour < 101; hour++) {
      await bobIs(hour % 2 === 1, new Date(Date.parse('2026-01-03T09:00:00Z') + hour * 60_000).toISOString());
    }
    const { chain, lines } = await service.why(tenantId, bob);
    expect(lines.at(-1)?.sequence).toBe(4);
    expect(chain).toContainEqual(expect.objectContaining({ step: 'ledger_line', sequence: 2 }));
  });

  it('is of the newest line where no bill is open, or none that has the person', async () => {
    await bobIs(true, '2026-01-01T09:00:00Z');
    const left = await bobIs(false, '2026-01-01T10:00:00Z');
    const ofLeaving = [
      { step: 'scim_request' },
      { step: 'command', commandId: left.commandid },
      { step: 'directory_event', eventType: 'user.deactivated.v1' },
      { step: 'ledger_line', sequence: 3, kind: 'released' },
      { step: 'seat', occupied: false, since: new Date(left.time) },
    ];
    expect((await service.why(tenantId, bob)).chain).toMatchObject(ofLeaving);
    await setPlan('2026-01-02T09:00:00Z');
    expect((await service.why(tenantId, bob)).chain).toMatchObject(ofLeaving);
  });

  it('is the seat alone of who never had one', async () => {
    const { time } = await bobIs(false, '2026-01-01T09:00:00Z');
    const { chain } = await service.why(tenantId, bob);
    expect(chain).toEqual([{ step: 'seat', occupied: false, since: new Date(time) }]);
  });
});

function bobIs(active: boolean, time: string) {
  return tell(bob, ++version, active, time);
}

async function tell(userId: string, nth: number, active: boolean, time: string) {
  const type = nth === 1 ? 'user.created.v1' : active ? 'user.activated.v1' : 'user.deactivated.v1';
  const event = userEvent({ type, tenantId, userId, version: nth, active, time: new Date(time) });
  clock.at = new Date(time);
  await database.dataSource.transaction((tx) => new SeatsService(database.dataSource, clock).apply(tx, [event]));
  return event;
}

async function setPlan(at: string, change: object = {}): Promise<void> {
  clock.at = new Date(at);
  const plan = { ...PLAN, ...change };
  await new PlansService(database.dataSource, clock).set(
    { tenantId, plan, applies: 'next_term', actor: 'operator:ada' },
    { commandId: newId(), requestId: 'spec' },
  );
}
