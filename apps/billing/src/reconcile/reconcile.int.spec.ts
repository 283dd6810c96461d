import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { applyInOrder } from '#outbox/inbox';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { delivery, peopleCreated, userEvent } from '../../test/directory-events.ts';
import { DirectoryModel, groupEvent } from '../../test/directory-model.ts';
import { DEFAULT_LIGHT_GROUP } from '../classes/seat-class.ts';
import { LedgerService } from '../ledger/ledger.service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { checkSeats, compareSeats } from './reconcile.ts';

const NOW = new Date('2026-02-01T12:00:00.000Z');

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let dataSource: DataSource;
let seats: SeatsService;
let tenantId: string;

beforeAll(async () => {
  database = await createBillingDatabase();
  dataSource = database.dataSource;
  seats = new SeatsService(dataSource, new Clock());
});
afterAll(() => database.drop());
beforeEach(() => {
  tenantId = newId();
});

describe('a reconciliation', () => {
  it('finds nothing where billing has what the directory has, stretch by stretch', async () => {
    const ids = await people(5);
    const [second, fourth] = [ids[1], ids[3]] as [string, string];
    const stretches = [
      { through: second, people: ids.slice(0, 2) },
      { after: second, through: fourth, people: ids.slice(2, 4) },
      { after: fourth, people: ids.slice(4) },
    ];
    for (const stretch of stretches) {
      const groups = stretch.people.map(() => 0);
      expect(await compareSeats(dataSource, { tenantId, ...stretch, groups })).toEqual([]);
    }
  });

  it('names who is in one of the two alone', async () => {
    const [ada, bob] = (await people(2)) as [string, string];
    const eve = newId();
    expect(await compareSeats(dataSource, { tenantId, people: [ada, eve], groups: [0, 0] })).toEqual([bob, eve].sort());
  });

  it('tells events in flight from a difference, by version', async () => {
    const [ada, bob, carl, dora] = (await people(4)) as [string, string, string, string];
    const found = await check([
      { id: ada, version: 2, billable: false },
      { id: bob, version: 1, billable: false },
      { id: carl, version: 0, billable: false },
      { id: dora, version: 2, billable: true },
      { id: newId(), version: 1, billable: true },
    ]);
    expect(found.map(({ verdict }) => verdict)).toEqual(['behind', 'differ', 'differ', 'agree', 'behind']);
    await apply([userEvent({ type: 'user.deactivated.v1', tenantId, userId: ada, version: 2, active: false })]);
    const [settled, early] = await check([
      { id: ada, version: 2, billable: false },
      { id: ada, version: 1, billable: true },
    ]);
    expect([settled?.verdict, early?.verdict]).toEqual(['agree', 'ahead']);
  });

  it('heals with adjusted lines that name what they correct, and events, and is empty afterwards', async () => {
    const [ada] = (await people(2)) as [string];
    const eve = newId();
    const states = [
      { id: ada, version: 3, billable: false },
      { id: eve, version: 2, billable: true },
    ];
    const healed = await check(states, true);
    expect(healed.map((seat) => seat.healed)).toEqual([3, 4]);
    const { lines } = await new LedgerService(dataSource).page(tenantId, { after: 2, limit: 10 });
    expect(lines).toMatchObject([
      { kind: 'adjusted', userId: ada, adjustedTo: 'released', inUse: 1, cause: { eventType: 'reconcile' } },
      { kind: 'adjusted', userId: eve, adjustedTo: 'occupied', inUse: 2, cause: { actor: 'operator' } },
    ]);
    expect(lines[0]?.corrects).toBeLessThan(3);
    expect(lines[1]?.corrects).toBeUndefined();
    const [event] = await dataSource.query(
      `SELECT type, event->'data' AS data FROM outbox WHERE tenant_id = $1 ORDER BY position OFFSET 2`,
      [tenantId],
    );
    expect(event).toMatchObject({
      type: 'seat.adjusted.v1',
      data: { sequence: 3, occupied: false, reason: 'reconcile' },
    });
    expect((await check(states)).map(({ verdict }) => verdict)).toEqual(['agree', 'agree']);
    expect((await check(states, true)).every((seat) => seat.healed === undefined)).toBe(true);
    await apply([userEvent({ type: 'user.activated.v1', tenantId, userId: ada, version: 2, active: true })]);
    expect((await seats.count(tenantId)).inUse).toBe(2);
    expect((await verifyLedger(dataSource, tenantId)).differences).toEqual([]);
  });
});

describe('a seat that is made by healing', () => {
  it('has the class that its groups give it', async () => {
    const ada = newId();
    const group = { tenantId, groupId: newId(), displayName: DEFAULT_LIGHT_GROUP, managed: true };
    await apply([groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, added: [ada] })]);
    await check([{ id: ada, version: 1, billable: true, groups: 1 }], true);
    expect(await seats.count(tenantId)).toMatchObject({ inUse: 1, inUseLight: 1 });
    expect((await verifyLedger(dataSource, tenantId)).differences).toEqual([]);
  });
});

describe('verifying', () => {
  it('finds no difference after everything that can happen, and the same ledger in a new database', async () => {
    const directory = new DirectoryModel();
    const kinds = [
      'create user',
      'create group',
      'add members',
      'create group',
      'add group',
      'flip user',
      'rename',
    ] as const;
    const more = [
      'create user',
      'link or unlink',
      'remove member',
      'add members',
      'delete user',
      'delete group',
    ] as const;
    const all = [...kinds, ...kinds, ...kinds, ...more, ...kinds, ...more];
    const events = [...all, ...all].flatMap((kind, index) => directory.perform({ kind, a: index * 7, b: index * 3 }));
    await apply(events);
    tenantId = directory.tenantId;
    const verified = await verifyLedger(dataSource, tenantId);
    expect(verified.differences).toEqual([]);
    expect(verified.lines).toBeGreaterThan(20);

    const rebuilt = await createBillingDatabase();
    try {
      const anew = new SeatsService(rebuilt.dataSource, new Clock());
      for (let at = 0; at < events.length; at += 3) {
        await applyInOrder(rebuilt.dataSource, events.slice(at, at + 3).map(delivery), anew.apply);
      }
      expect(await ledger(rebuilt.dataSource)).toEqual(await ledger(dataSource));
    } finally {
      await rebuilt.drop();
    }
  });

  it('names each projection that is not what the ledger says', async () => {
    const [ada, bob] = (await people(2)) as [string, string];
    await dataSource.query('UPDATE balance SET in_use = 7 WHERE tenant_id = $1', [tenantId]);
    await dataSource.query('UPDATE seat SET occupied = false WHERE tenant_id = $1 AND user_id = $2', [tenantId, ada]);
    await dataSource.query(
      'UPDATE seat SET core_groups = 1, last_line = 1, last_line_at = NULL WHERE tenant_id = $1 AND user_id = $2',
      [tenantId, bob],
    );
    expect((await verifyLedger(dataSource, tenantId)).differences).toEqual([
      { what: 'seat', of: ada, expected: 'core', found: 'free' },
      { what: 'last_line', of: bob, expected: expect.stringMatching(/^line 2 of 20/), found: 'line 1 of ' },
      { what: 'standing', of: bob, expected: '0 light, 0 core', found: '0 light, 1 core' },
      {
        what: 'balance',
        of: tenantId,
        expected: '2 in use, 0 light, line 2',
        found: '7 in use, 0 light, line 2',
      },
    ]);
  });
});

async function apply(events: CloudEvent[]): Promise<void> {
  await applyInOrder(dataSource, events.map(delivery), seats.apply);
}

/** @returns their ids, in order */
async function people(count: number): Promise<string[]> {
  const created = peopleCreated(tenantId, count);
  await apply(created);
  return created.map(({ data }) => (data as { userId: string }).userId).sort();
}

async function check(states: { id: string; version: number; billable: boolean; groups?: number }[], heal = false) {
  const id = newId();
  const cause = { eventId: id, eventType: 'reconcile', commandId: id, requestId: id, actor: 'operator' };
  const known = states.map((state) => ({ userName: `${state.id}@example.com`, ...state }));
  const asked = { tenantId, billableFrom: 'provisioned' as const, people: known, heal };
  return (await checkSeats(dataSource, asked, { now: NOW, cause })) ?? [];
}

/** A tenant's ledger without what is new each time. */
function ledger(of: DataSource): Promise<unknown[]> {
  return of.query(
    `SELECT sequence, user_id, kind, seat_class, effective_at, event_id, in_use, in_use_light FROM ledger_line
     WHERE tenant_id = $1 ORDER BY sequence`,
    [tenantId],
  );
}
