import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { applyInOrder } from '#outbox/inbox';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { delivery, peopleCreated } from '../../test/directory-events.ts';
import { DirectoryModel, groupEvent, OPERATIONS } from '../../test/directory-model.ts';
import { LedgerService } from '../ledger/ledger.service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { DEFAULT_LIGHT_GROUP } from './seat-class.ts';

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let dataSource: DataSource;
let seats: SeatsService;

beforeAll(async () => {
  database = await createBillingDatabase();
  dataSource = database.dataSource;
  seats = new SeatsService(dataSource, new Clock());
});
afterAll(() => database.drop());

const operations = fc.array(
  fc.record({
    kind: fc.constantFrom(...OPERATIONS, 'create user', 'create group', 'add members'),
    a: fc.nat({ max: 50 }),
    b: fc.nat({ max: 50 }),
  }),
  { minLength: 20, maxLength: 60 },
);

describe('the classes of seats', () => {
  it('follow the groups, in order, with a line and an event for each change', async () => {
    const tenantId = newId();
    const people = peopleCreated(tenantId, 2) as [CloudEvent, CloudEvent];
    const [ada, bob] = people.map(({ data }) => (data as { userId: string }).userId) as [string, string];
    const [light, sales] = [newId(), newId()];
    const facts = { tenantId, managed: true };
    const asLight = { ...facts, groupId: light, displayName: DEFAULT_LIGHT_GROUP };
    const asSales = { ...facts, groupId: sales, displayName: 'Sales' };
    const told = groupEvent({ ...asLight, type: 'group.members_changed.v1', version: 2, added: [ada, bob] });
    await apply([
      ...people,
      groupEvent({ ...asLight, type: 'group.created.v1', version: 1 }),
      told,
      groupEvent({ ...asSales, type: 'group.created.v1', version: 1 }),
    ]);
    await apply([groupEvent({ ...asSales, type: 'group.members_changed.v1', version: 2, addedGroups: [light] })]);
    await apply([groupEvent({ ...asSales, type: 'group.unlinked.v1', version: 3, managed: false })]);

    const { lines } = await new LedgerService(dataSource).page(tenantId, { after: 0, limit: 20 });
    const byId = [ada, bob].sort();
    expect(
      lines.map(({ kind, userId, seatClass, inUseCore, inUseLight }) => [
        kind,
        userId,
        seatClass,
        inUseCore,
        inUseLight,
      ]),
    ).toEqual([
      ['occupied', ada, 'core', 1, 0],
      ['occupied', bob, 'core', 2, 0],
      ['class_changed', byId[0], 'light', 1, 1],
      ['class_changed', byId[1], 'light', 0, 2],
      ['class_changed', byId[0], 'core', 1, 1],
      ['class_changed', byId[1], 'core', 2, 0],
      ['class_changed', byId[0], 'light', 1, 1],
      ['class_changed', byId[1], 'light', 0, 2],
    ]);
    expect(lines[2]?.cause).toMatchObject({ eventId: told.id, eventType: 'group.members_changed.v1' });
    const events: { type: string; data: unknown }[] = await dataSource.query(
      `SELECT type, event->'data' AS data FROM outbox WHERE tenant_id = $1 ORDER BY position`,
      [tenantId],
    );
    expect(events[2]).toMatchObject({
      type: 'seat.class_changed.v1',
      data: { sequence: 3, seatClass: 'light', inUse: 2, inUseCore: 1, inUseLight: 1, reason: told.type },
    });
    expect(await seats.count(tenantId)).toMatchObject({ inUse: 2, inUseCore: 0, inUseLight: 2, sequence: 8 });
  });

  it('are what looking at the whole directory says, whatever happens in whatever batches', async () => {
    let lights = 0;
    await fc.assert(
      fc.asyncProperty(operations, fc.integer({ min: 1, max: 9 }), async (performed, size) => {
        const directory = new DirectoryModel();
        const events = performed.flatMap((operation) => directory.perform(operation));
        for (let at = 0; at < events.length; at += size) await apply(events.slice(at, at + size));
        await apply(events);
        const expected = directory.seats();
        lights += Object.values(expected).filter((each) => each === 'light').length;
        expect(await occupied(directory.tenantId)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
    expect(lights).toBeGreaterThan(0);
  });

  it('are the same when what is told of one person or group overtakes what is told of others', async () => {
    await fc.assert(
      fc.asyncProperty(operations, fc.infiniteStream(fc.nat()), async (performed, chances) => {
        const directory = new DirectoryModel();
        const events = performed.flatMap((operation) => directory.perform(operation));
        const waiting = [...Map.groupBy(events, ({ subject }) => subject).values()];
        while (waiting.length > 0) {
          const at = (chances.next().value ?? 0) % waiting.length;
          const next = waiting[at]?.shift();
          if (next) await apply([next]);
          else waiting.splice(at, 1);
        }
        expect(await occupied(directory.tenantId)).toEqual(directory.seats());
        expect(await verifyLedger(dataSource, directory.tenantId)).toMatchObject({ differences: [] });
      }),
      { numRuns: 100 },
    );
  });

  it('of a group that is gone keep no members', async () => {
    const tenantId = newId();
    const group = { tenantId, groupId: newId(), displayName: 'Sales', managed: true };
    const added = Array.from({ length: 500 }, newId);
    await apply([groupEvent({ ...group, type: 'group.created.v1', version: 1 })]);
    await apply([groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, added })]);
    const [{ count }] = await dataSource.query('SELECT count(*)::int FROM group_member WHERE tenant_id = $1', [
      tenantId,
    ]);
    expect(count).toBe(500);
    await apply([groupEvent({ ...group, type: 'group.deleted.v1', version: 3 })]);
    const [left] = await dataSource.query('SELECT count(*)::int FROM group_member WHERE tenant_id = $1', [tenantId]);
    expect(left.count).toBe(0);
  });
});

async function apply(events: CloudEvent[]): Promise<void> {
  await applyInOrder(dataSource, events.map(delivery), seats.apply);
}

async function occupied(tenantId: string): Promise<Record<string, string>> {
  const rows: { user_id: string; seat_class: string }[] = await dataSource.query(
    `SELECT user_id, CASE WHEN light_groups > 0 AND core_groups = 0 THEN 'light' ELSE 'core' END AS seat_class
     FROM seat WHERE tenant_id = $1 AND occupied`,
    [tenantId],
  );
  return Object.fromEntries(rows.map(({ user_id, seat_class }) => [user_id, seat_class]));
}
