import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import type { SeatChange } from '#events/seat-change';
import { discardParked } from '#outbox/discard';
import { applyInOrder, replayParked } from '#outbox/inbox';
import { listParked } from '#outbox/parking';
import { Rejection } from '#outbox/rejection';
import type { Delivery } from '#rabbit/ordered-consumer';
import { TENANT_HEADER } from '#rabbit/topology';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { delivery, malformedDelivery, peopleCreated, tenantCreated, userEvent } from '../../test/directory-events.ts';
import { LedgerService } from '../ledger/ledger.service.ts';
import { SeatsService } from './seats.service.ts';

const NOW = new Date('2026-02-01T12:00:00.000Z');

class StoppedClock extends Clock {
  override now(): Date {
    return NOW;
  }
}

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let dataSource: DataSource;
let seats: SeatsService;
let ledger: LedgerService;
let tenantId: string;

beforeAll(async () => {
  database = await createBillingDatabase();
  dataSource = database.dataSource;
  seats = new SeatsService(dataSource, new StoppedClock());
  ledger = new LedgerService(dataSource);
});
afterAll(() => database.drop());
beforeEach(() => {
  tenantId = newId();
});

describe('a batch', () => {
  it('becomes seats, ledger lines, a balance and seat events in one commit', async () => {
    const people = peopleCreated(tenantId, 3) as [CloudEvent, CloudEvent, CloudEvent];
    await apply([tenantCreated(tenantId), ...people, next(people[1], 'user.deactivated.v1', 2, false)]);

    expect(await seats.count(tenantId)).toEqual({
      tenantId,
      inUse: 2,
      inUseCore: 2,
      inUseLight: 0,
      sequence: 4,
      asOf: NOW.toISOString(),
    });
    const { lines } = await ledger.page(tenantId, { after: 0, limit: 10 });
    expect(lines.map(({ sequence, kind, userName, inUse }) => [sequence, kind, userName, inUse])).toEqual([
      [1, 'occupied', 'person-1@example.com', 1],
      [2, 'occupied', 'person-2@example.com', 2],
      [3, 'occupied', 'person-3@example.com', 3],
      [4, 'released', 'person-2@example.com', 2],
    ]);
    expect(lines[0]).toMatchObject({
      effectiveAt: new Date('2026-01-01T00:00:00.000Z'),
      recordedAt: NOW,
      cause: { eventId: people[0].id, eventType: 'user.created.v1', requestId: 'request-1', actor: 'operator' },
    });
    const told = await seatEvents(tenantId);
    expect(told.map(({ type, version, causationid }) => [type, version, causationid])).toEqual([
      ['seat.occupied.v1', 1, people[0].id],
      ['seat.occupied.v1', 2, people[1].id],
      ['seat.occupied.v1', 3, people[2].id],
      ['seat.released.v1', 4, lines[3]?.cause.eventId],
    ]);
  });

  it('that is delivered again, whole or in part, changes nothing', async () => {
    const people = peopleCreated(tenantId, 5);
    await apply(people);
    const before = await state(tenantId);
    await apply(people);
    await apply([...people.slice(2), ...people.slice(0, 2)]);
    expect(await state(tenantId)).toEqual(before);
  });

  it('holding the same event twice counts it once', async () => {
    const [person] = peopleCreated(tenantId, 1) as [CloudEvent];
    await apply([person, person]);
    expect((await seats.count(tenantId)).inUse).toBe(1);
  });

  it('takes the same number of statements whatever its size', async () => {
    expect(await statementsFor(peopleCreated(newId(), 1))).toBe(7);
    expect(await statementsFor(peopleCreated(newId(), 200))).toBe(7);
    expect(await statementsFor([tenantCreated(newId())])).toBe(0);
  });

  it('of many tenants numbers each tenant’s lines from 1, also when such batches run at once', async () => {
    const tenants = Array.from({ length: 20 }, newId);
    const waves = Array.from({ length: 4 }, () => tenants.flatMap((tenant) => peopleCreated(tenant, 3)));
    await Promise.all(waves.map((wave, index) => apply(index % 2 ? wave.toReversed() : wave)));
    for (const tenant of tenants) {
      const { lines } = await ledger.page(tenant, { after: 0, limit: 100 });
      expect(lines.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
      expect(lines.map(({ inUse }) => inUse)).toEqual(lines.map(({ sequence }) => sequence));
    }
    expect(await disagreements()).toEqual([]);
  });

  it('is applied although it leaves a gap of versions', async () => {
    const [person] = peopleCreated(tenantId, 1) as [CloudEvent];
    await apply([next(person, 'user.activated.v1', 4, true)]);
    expect((await seats.count(tenantId)).inUse).toBe(1);
  });
});

describe('the ledger', () => {
  it.each([
    ['UPDATE', 'UPDATE ledger_line SET in_use = 0'],
    ['DELETE', 'DELETE FROM ledger_line'],
    ['TRUNCATE', 'TRUNCATE ledger_line'],
  ])('refuses %s in the database itself', async (operation, statement) => {
    await apply(peopleCreated(tenantId, 1));
    await expect(dataSource.query(statement)).rejects.toThrow(`append-only: ${operation} is refused`);
    expect((await ledger.page(tenantId, { after: 0, limit: 10 })).lines).toHaveLength(1);
  });
});

describe('an event that cannot be applied', () => {
  it('is parked with everything behind it for its tenant, while another tenant goes on', async () => {
    const other = newId();
    const [first, second, third] = peopleCreated(tenantId, 3).map(delivery) as [Delivery, Delivery, Delivery];
    const broken = malformedDelivery(tenantId);
    await deliver([first, broken, second, ...peopleCreated(other, 2).map(delivery)]);
    await deliver([third]);

    expect((await seats.count(tenantId)).inUse).toBe(1);
    expect((await seats.count(other)).inUse).toBe(2);
    const parked = await listParked(dataSource.manager, 10, tenantId);
    expect(parked.map(({ eventId }) => eventId)).toEqual([broken.messageId, second.messageId, third.messageId]);
    expect(parked[0]?.reason).toMatch(/not JSON/);
  });

  it.each<[string, (event: CloudEvent) => { event?: object; header?: string }, RegExp]>([
    ['a type nobody knows', (event) => ({ event: { ...event, type: 'user.promoted.v1' } }), /user\.promoted\.v1/],
    ['the name of another service', (event) => ({ event: { ...event, source: 'rollcall/billing' } }), /the directory/],
    ['another tenant in its header', (event) => ({ event, header: newId() }), /tenant in the header/],
    ['another subject than its user', (event) => ({ event: { ...event, subject: `users/${newId()}` } }), /subject/],
    ['no user', (event) => ({ event: { ...event, data: { userName: 'ada' } } }), /userId/],
  ])('is parked where people see it, with why, when it has %s, and moves no seat', async (_, change, reason) => {
    const [event] = peopleCreated(tenantId, 1) as [CloudEvent];
    const { event: forged, header } = change(event);
    const sent = { ...delivery(event), content: Buffer.from(JSON.stringify(forged)) };
    await deliver([header ? { ...sent, headers: { ...sent.headers, [TENANT_HEADER]: header } } : sent]);
    const [parked] = await listParked(dataSource.manager, 10, tenantId);
    expect(parked).toMatchObject({ eventId: event.id, reason: expect.stringMatching(reason) });
    expect((await seats.count(tenantId)).sequence).toBe(0);
  });

  it('is none that claims a time of long ago or to come: that is told, beside when it was learned of', async () => {
    const [ada, bob] = peopleCreated(tenantId, 2) as [CloudEvent, CloudEvent];
    await deliver([
      delivery({ ...ada, time: '0999-01-01T00:00:00.000Z' }),
      delivery({ ...bob, time: '9999-12-31T23:59:59.999Z' }),
    ]);
    const { lines } = await ledger.page(tenantId, { after: 0, limit: 10 });
    expect(lines.map(({ effectiveAt }) => effectiveAt.toISOString())).toEqual([
      '0999-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ]);
    for (const { recordedAt } of lines) expect(recordedAt.toISOString()).toBe('2026-02-01T12:00:00.000Z');
  });

  it('keeps a replay from applying anything, until it is mended', async () => {
    const [first, second] = peopleCreated(tenantId, 2).map(delivery) as [Delivery, Delivery];
    const broken = malformedDelivery(tenantId);
    await deliver([broken, first, second]);
    await expect(replayParked(dataSource, tenantId, seats.apply)).rejects.toThrow(Rejection);
    expect((await seats.count(tenantId)).inUse).toBe(0);

    await discardParked(dataSource, { tenantId, reason: 'unreadable', actor: 'operator:spec' });
    expect(await replayParked(dataSource, tenantId, seats.apply)).toBe(2);
    expect(await seats.count(tenantId)).toMatchObject({ inUse: 2, sequence: 2 });
    expect(await listParked(dataSource.manager, 10, tenantId)).toEqual([]);
    await deliver(peopleCreated(tenantId, 1).map(delivery));
    expect((await seats.count(tenantId)).inUse).toBe(3);
  });

  it('that is discarded leaves the seat as it was, and open to the next event of the user', async () => {
    const [person, other] = peopleCreated(tenantId, 2) as [CloudEvent, CloudEvent];
    await apply([person]);
    const left = delivery(next(person, 'user.deactivated.v1', 2, false));
    const unreadable = { ...left, content: Buffer.from('{') };
    await deliver([unreadable, delivery(other), delivery(next(person, 'user.deleted.v1', 3, false))]);
    await discardParked(dataSource, { tenantId, reason: 'unreadable', actor: 'operator:spec' });
    await deliver([left]);
    expect((await seats.count(tenantId)).inUse).toBe(1);

    await replayParked(dataSource, tenantId, seats.apply);
    expect((await ledger.page(tenantId, { after: 0, limit: 10 })).lines.map(({ kind }) => kind)).toEqual([
      'occupied',
      'occupied',
      'released',
    ]);
    expect((await seats.count(tenantId)).inUse).toBe(1);
    expect(await disagreements()).toEqual([]);
  });

  it('is parked also when only the database would notice, instead of holding up its queue', async () => {
    const [person] = peopleCreated(tenantId, 1) as [CloudEvent];
    Object.assign(person.data, { userName: 'a\u0000b' });
    const others = peopleCreated(newId(), 1) as [CloudEvent];
    await apply([person, ...others]);
    expect((await listParked(dataSource.manager, 10, tenantId))[0]).toMatchObject({
      eventId: person.id,
      reason: expect.stringMatching(/NUL/),
    });
    expect((await seats.count(others[0].tenantid)).inUse).toBe(1);
  });
});

function apply(events: CloudEvent[]): Promise<void> {
  return deliver(events.map(delivery));
}

function deliver(batch: Delivery[]): Promise<void> {
  return applyInOrder(dataSource, batch, seats.apply);
}

function next(before: CloudEvent, type: string, version: number, active: boolean): CloudEvent {
  const { userId, userName } = before.data as { userId: string; userName: string };
  return userEvent({ type, tenantId: before.tenantid, userId, userName, version, active });
}

async function seatEvents(tenant: string): Promise<CloudEvent<SeatChange>[]> {
  const rows: { event: CloudEvent<SeatChange> }[] = await dataSource.query(
    'SELECT event FROM outbox WHERE tenant_id = $1 ORDER BY position',
    [tenant],
  );
  return rows.map(({ event }) => event);
}

/** Everything billing knows of a tenant. */
async function state(tenant: string) {
  const tables = ['seat', 'ledger_line', 'balance', 'outbox', 'inbox', 'parked'];
  return Promise.all(
    tables.map((table) => dataSource.query(`SELECT * FROM ${table} WHERE tenant_id = $1 ORDER BY 1, 2`, [tenant])),
  );
}

/** Tenants whose balance is not what their seats and their ledger say. */
function disagreements(): Promise<unknown[]> {
  return dataSource.query(`
    SELECT tenant_id FROM balance
    WHERE in_use <> (SELECT count(*) FROM seat WHERE seat.tenant_id = balance.tenant_id AND occupied)
       OR sequence <> (SELECT count(*) FROM ledger_line line WHERE line.tenant_id = balance.tenant_id)`);
}

/** Counted at the driver's connection, where every statement passes. */
async function statementsFor(events: CloudEvent[]): Promise<number> {
  return dataSource.transaction(async (tx) => {
    const client = (await tx.queryRunner?.connect()) as PoolClient;
    const query = jest.spyOn(client, 'query');
    await seats.apply(tx, events);
    const statements = query.mock.calls.length;
    query.mockRestore();
    return statements;
  });
}
