import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '#events/envelope';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { userEvent } from '../../test/directory-events.ts';
import { groupEvent, groupSnapshot } from '../../test/directory-model.ts';
import { LedgerService } from '../ledger/ledger.service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { DEFAULT_LIGHT_GROUP } from './seat-class.ts';

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let seats: SeatsService;
let tenantId: string;

beforeAll(async () => {
  database = await createBillingDatabase();
  seats = new SeatsService(database.dataSource, new Clock());
});
afterAll(() => database.drop());
beforeEach(() => {
  tenantId = newId();
});

function apply(...events: CloudEvent[]): Promise<void> {
  return database.dataSource.transaction((tx) => seats.apply(tx, events));
}

function userSnapshot(userId: string, version: number, active: boolean, since: string): CloudEvent {
  const event = userEvent({ type: 'user.snapshot.v1', tenantId, userId, version, active });
  return { ...event, data: { ...event.data, since } };
}

function lightSnapshot(groupId: string, version: number, users: string[], part: object = {}): CloudEvent {
  return groupSnapshot({ tenantId, groupId, displayName: DEFAULT_LIGHT_GROUP, managed: true, version }, users, part);
}

async function lines(): Promise<[string, string, string][]> {
  const page = await new LedgerService(database.dataSource).page(tenantId, { after: 0, limit: 100 });
  return page.lines.map(({ kind, userId, seatClass }) => [kind, userId, seatClass]);
}

const ids = (count: number) => Array.from({ length: count }, () => newId()).sort();

describe("a user's snapshot", () => {
  it('is what its events would have led to, from when it counts', async () => {
    const [ada, bob] = ids(2) as [string, string];
    await apply(
      userSnapshot(ada, 7, true, '2025-03-01T00:00:00.000Z'),
      userSnapshot(bob, 2, false, '2025-03-01T00:00:00.000Z'),
    );
    const page = await new LedgerService(database.dataSource).page(tenantId, { after: 0, limit: 10 });
    expect(page.lines).toMatchObject([{ kind: 'occupied', userId: ada, effectiveAt: new Date('2025-03-01') }]);
    await apply(userEvent({ type: 'user.deactivated.v1', tenantId, userId: ada, version: 7, active: false }));
    expect((await seats.count(tenantId)).inUse).toBe(1);
    await apply(userEvent({ type: 'user.deactivated.v1', tenantId, userId: ada, version: 8, active: false }));
    expect((await seats.count(tenantId)).inUse).toBe(0);
  });

  it('finds the groups that were told of before it, also of somebody who was never changed', async () => {
    const [ada] = ids(1) as [string];
    const group = { tenantId, groupId: newId(), displayName: DEFAULT_LIGHT_GROUP, managed: true };
    await apply(groupEvent({ ...group, type: 'group.members_changed.v1', version: 5, added: [ada] }));
    await apply(userSnapshot(ada, 1, true, '2025-03-01T00:00:00.000Z'));
    expect(await lines()).toEqual([['occupied', ada, 'light']]);
    expect((await verifyLedger(database.dataSource, tenantId)).differences).toEqual([]);
  });

  it('changes nothing for who has its version, and nothing when it is older', async () => {
    const [ada] = ids(1) as [string];
    await apply(userEvent({ type: 'user.created.v1', tenantId, userId: ada, version: 1, active: true }));
    await apply(userSnapshot(ada, 1, true, '2025-03-01T00:00:00.000Z'));
    await apply(userEvent({ type: 'user.deactivated.v1', tenantId, userId: ada, version: 2, active: false }));
    await apply(userSnapshot(ada, 1, true, '2025-03-01T00:00:00.000Z'));
    expect(await lines()).toEqual([
      ['occupied', ada, 'core'],
      ['released', ada, 'core'],
    ]);
  });
});

describe("a group's snapshot", () => {
  it('makes its members exactly those, in each stretch, and classes follow', async () => {
    const groupId = newId();
    const [ada, bob, cyd, dan] = ids(4) as [string, string, string, string];
    for (const userId of [ada, bob, cyd, dan]) {
      await apply(userEvent({ type: 'user.created.v1', tenantId, userId, version: 1, active: true }));
    }
    const group = { tenantId, groupId, displayName: DEFAULT_LIGHT_GROUP, managed: true };
    await apply(
      groupEvent({ ...group, type: 'group.members_changed.v1', version: 8, added: [ada, dan] }),
      lightSnapshot(groupId, 9, [bob], { usersThrough: bob, groups: null }),
      lightSnapshot(groupId, 9, [cyd], { usersAfter: bob }),
    );
    expect((await lines()).slice(4)).toEqual([
      ['class_changed', ada, 'light'],
      ['class_changed', dan, 'light'],
      ['class_changed', ada, 'core'],
      ['class_changed', bob, 'light'],
      ['class_changed', cyd, 'light'],
      ['class_changed', dan, 'core'],
    ]);
    await apply(lightSnapshot(groupId, 8, [ada]));
    expect(await seats.count(tenantId)).toMatchObject({ inUseCore: 2, inUseLight: 2 });
    expect((await verifyLedger(database.dataSource, tenantId)).differences).toEqual([]);
  });

  it('takes away groups in it that are not', async () => {
    const [outer, inner] = ids(2) as [string, string];
    const [ada] = ids(1) as [string];
    await apply(
      userEvent({ type: 'user.created.v1', tenantId, userId: ada, version: 1, active: true }),
      groupEvent({
        type: 'group.created.v1',
        tenantId,
        groupId: inner,
        displayName: 'Local',
        managed: false,
        version: 1,
      }),
      groupEvent({
        type: 'group.members_changed.v1',
        tenantId,
        groupId: inner,
        displayName: 'Local',
        managed: false,
        version: 2,
        added: [ada],
      }),
      lightSnapshot(outer, 1, [], { groups: [inner] }),
    );
    expect(await seats.count(tenantId)).toMatchObject({ inUseLight: 1 });
    await apply(lightSnapshot(outer, 3, []));
    expect(await seats.count(tenantId)).toMatchObject({ inUseLight: 0 });
  });
});
