import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { BILLABLE, type FindBillability, type ListBillable, type UserBillability } from '#directory-api/billable';
import { SNAPSHOTS, type SnapshotsTold } from '#directory-api/snapshots';
import type { UserState } from '#events/user-state';
import { Answer, Unavailable } from '#rabbit/answer';
import { newId } from '#runtime/ids';
import { eventually } from '../../../../test/harness/eventually.ts';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { peopleCreated, userEvent } from '../../test/directory-events.ts';
import { groupEvent, groupSnapshot } from '../../test/directory-model.ts';
import { SetClock } from '../../test/set-clock.ts';
import { PlansService } from '../invoices/plans.service.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { Directory } from './directory.ts';
import { reconcileDue } from './reconcile-job.ts';
import { ReconciliationsService } from './reconciliations.service.ts';

/** What a directory would answer, of one tenant after another. */
class Told {
  readonly users = new Map<string, UserBillability>();
  /** nobody has signed in so far, and counts where that is asked for */
  isCounted = ({ billable }: UserBillability, { billableFrom }: FindBillability | ListBillable) =>
    billable && billableFrom !== 'first_sign_in';
  isAway = false;
  /** the tenant about which it answers nothing but that it failed */
  refuses = '';
  /** happens each time somebody is looked at once more */
  meanwhile = async (): Promise<void> => {};

  /** tells the groups as events */
  tellGroups = async (): Promise<void> => {};

  readonly ask = async (pattern: string, asked: object): Promise<Answer> => {
    if (pattern === SNAPSHOTS.tell) {
      await this.tellGroups();
      return Answer.json(200, { told: 1, complete: false, next: null } satisfies SnapshotsTold);
    }
    if (this.isAway) throw new Unavailable('no answer within 10 s');
    if ((asked as ListBillable).tenantId === this.refuses) return Answer.json(500, { detail: 'It failed.' });
    if (pattern === BILLABLE.list) {
      const question = asked as ListBillable;
      const { after = '', limit } = question;
      const page = [...this.users.values()].filter((user) => this.isCounted(user, question) && user.id > after);
      return Answer.json(200, page.slice(0, limit));
    }
    const question = asked as FindBillability;
    const states = question.ids
      .flatMap((id) => this.users.get(id) ?? [])
      .map((user) => ({ ...user, billable: this.isCounted(user, question) }));
    await this.meanwhile();
    return Answer.json(200, states);
  };
}

const PLAN = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let dataSource: DataSource;
let tenantId: string;
let told: Told;
let service: ReconciliationsService;
const clock = Object.assign(new SetClock(), { at: new Date('2026-02-01T12:00:00Z') });

beforeAll(async () => {
  database = await createBillingDatabase();
  dataSource = database.dataSource;
});
afterAll(() => database.drop());
beforeEach(() => {
  tenantId = newId();
  told = new Told();
  service = new ReconciliationsService(dataSource, new Directory(told), clock);
});

async function apply(events: Parameters<SeatsService['apply']>[1]): Promise<void> {
  await dataSource.transaction((tx) => new SeatsService(dataSource, clock).apply(tx, events));
}

/** People whom both know. @returns their ids, in order */
async function people(count: number): Promise<string[]> {
  const created = peopleCreated(tenantId, count);
  await apply(created);
  const states = created
    .map(({ data }) => data as UserState)
    .toSorted((one, other) => (one.userId < other.userId ? -1 : 1));
  for (const { userId: id, userName } of states)
    told.users.set(id, { id, userName, version: 1, billable: true, groups: 0 });
  return states.map(({ userId }) => userId);
}

const run = async (change: { heal?: boolean; waitSeconds?: number } = {}) =>
  (await service.run({ tenantId, heal: false, waitSeconds: 0, askedBy: 'schedule', ...change }))?.report;

describe('a reconciliation', () => {
  it('agrees over more than one page of people', async () => {
    await people(1_500);
    expect(await run()).toMatchObject({ status: 'agreed', people: 1_500, differences: [], problem: null });
  });

  it('reports each difference, and heals only when told to', async () => {
    const [ada, bob] = (await people(3)) as [string, string];
    told.users.set(ada, { id: ada, userName: 'ada@example.com', version: 1, billable: false, groups: 0 });
    const eve = newId();
    told.users.set(eve, { id: eve, userName: 'eve@example.com', version: 4, billable: true, groups: 0 });
    const report = await run();
    expect(report).toMatchObject({ status: 'differed', people: 3, differenceCount: 2 });
    expect(report?.differences).toMatchObject([
      { userId: ada, verdict: 'differ', billable: false, occupied: true },
      { userId: eve, verdict: 'behind', billable: true, occupied: false, directoryVersion: 4, billingVersion: 0 },
    ]);
    expect((await run({ heal: true }))?.differences).toMatchObject([{ healed: 4 }, { healed: 5 }]);
    expect(await run()).toMatchObject({ status: 'agreed' });
    expect(bob).toBeDefined();
  });

  it('names who is in another number of groups, which may mean another class', async () => {
    const [ada] = (await people(2)) as [string];
    const group = { tenantId, groupId: newId(), displayName: 'Sales', managed: true };
    await apply([groupEvent({ ...group, type: 'group.created.v1', version: 1 })]);
    told.users.set(ada, { id: ada, userName: 'ada@example.com', version: 1, billable: true, groups: 1 });
    expect((await run())?.differences).toMatchObject([
      { userId: ada, verdict: 'groups', directoryGroups: 1, billingGroups: 0 },
    ]);
    await apply([groupEvent({ ...group, type: 'group.members_changed.v1', version: 2, added: [ada] })]);
    expect(await run()).toMatchObject({ status: 'agreed' });
  });

  it('has groups told again to heal, and says whose agree since', async () => {
    const [ada, bob] = (await people(2)) as [string, string];
    const [sales, gone] = [newId(), newId()];
    const group = { tenantId, managed: true, version: 1 };
    await apply([groupSnapshot({ ...group, groupId: gone, displayName: 'Gone' }, [bob])]);
    told.users.set(ada, { id: ada, userName: 'ada@example.com', version: 1, billable: true, groups: 1 });
    told.tellGroups = () => apply([groupSnapshot({ ...group, groupId: sales, displayName: 'Sales' }, [ada])]);
    const report = await run({ heal: true });
    expect(report?.differences.map(({ userId, verdict, regrouped }) => [userId, verdict, regrouped])).toEqual(
      [
        [ada, 'groups', true],
        [bob, 'groups', undefined],
      ].toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
    );
    expect((await run())?.differences).toMatchObject([{ userId: bob, directoryGroups: 0, billingGroups: 1 }]);
  });

  it('counts people as billing does now, whatever plan the directory has heard of, and whichever begins meanwhile', async () => {
    const [ada] = (await people(2)) as [string];
    const setPlan = (billableFrom: string) =>
      new PlansService(dataSource, clock).set(
        { tenantId, plan: { ...PLAN, billableFrom }, applies: 'this_term', actor: 'operator:ada' },
        { commandId: newId(), requestId: 'spec' },
      );
    await setPlan('first_sign_in');
    expect(await run({ heal: true })).toMatchObject({ status: 'agreed', people: 0 });

    // ada signs in as she is listed; every active person counts from the moment in which she is looked at once more
    told.isCounted = ({ id }, question) => ('ids' in question ? question.billableFrom === 'provisioned' : id === ada);
    told.meanwhile = async () => {
      told.meanwhile = async () => {};
      await setPlan('provisioned');
    };
    expect(await run()).toMatchObject({ status: 'agreed', people: 1 });
  });

  it('has groups told again to heal where too many are in doubt to be looked at one by one', async () => {
    const ids = await people(10_001);
    for (const id of ids) told.users.set(id, { id, userName: id, version: 1, billable: true, groups: 1 });
    const group = { tenantId, groupId: newId(), displayName: 'Everybody', managed: true, version: 3 };
    told.tellGroups = () => apply([groupSnapshot(group, ids)]);
    expect(await run()).toMatchObject({ status: 'failed' });
    expect(await run({ heal: true, waitSeconds: 30 })).toMatchObject({ status: 'agreed' });
  });

  it('waits for what is in flight, and reports nothing of it', async () => {
    const [ada] = (await people(2)) as [string];
    told.users.set(ada, { id: ada, userName: 'ada@example.com', version: 2, billable: false, groups: 0 });
    told.meanwhile = async () => {
      told.meanwhile = async () => {};
      await apply([userEvent({ type: 'user.deactivated.v1', tenantId, userId: ada, version: 2, active: false })]);
    };
    expect(await run({ waitSeconds: 30 })).toMatchObject({ status: 'agreed' });
  });

  it('fails with what to do when the directory does not answer, or is too far away', async () => {
    await people(1);
    told.isAway = true;
    expect(await run()).toMatchObject({
      status: 'failed',
      problem: expect.stringMatching(/did not answer.*Try again/),
    });
    told.isAway = false;
    for (let index = 0; index <= 10_000; index++) {
      const id = newId();
      told.users.set(id, { id, userName: '', version: 1, billable: true, groups: 0 });
    }
    expect(await run()).toMatchObject({ status: 'failed', problem: expect.stringContaining('Rebuild billing') });
  });

  it('is one at a time: who asks meanwhile gets that one', async () => {
    await people(1);
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const [ada] = told.users.keys();
    if (ada) told.users.set(ada, { id: ada, userName: '', version: 1, billable: false, groups: 0 });
    told.meanwhile = () => held;
    const asked = { tenantId, heal: false, waitSeconds: 0, askedBy: 'api' };
    const first = await service.start(asked);
    expect((await service.start({ ...asked, askedBy: 'operator:ada' })).id).toBe(first.id);
    expect(await run()).toBeUndefined();
    goOn();
    await eventually(async () => expect(await service.show(tenantId, first.id)).toMatchObject({ status: 'differed' }));
    expect((await service.start(asked)).id).not.toBe(first.id);
    await service.close();
  });

  it('that was cut off with its process is said to have failed, and another one may start', async () => {
    await people(1);
    const id = newId();
    await dataSource.query(
      `INSERT INTO reconciliation (tenant_id, id, status, asked_by, started_at, alive_at) VALUES ($1, $2, 'running', 'api', $3, $3)`,
      [tenantId, id, new Date(clock.at.getTime() - 180_000)],
    );
    expect(await run()).toMatchObject({ status: 'agreed' });
    expect(await service.show(tenantId, id)).toMatchObject({
      status: 'failed',
      problem: expect.stringContaining('cut off'),
    });
  });
});

describe('the schedule', () => {
  it('compares each tenant once in so many hours, makes up for what was missed, and stops at a directory that is away', async () => {
    await people(2);
    const statuses = async () =>
      (await service.list(tenantId, { before: undefined, limit: 10 })).map(({ status, askedBy }) => [status, askedBy]);
    const at = (hours: number) => new Date(clock.at.getTime() + hours * 3_600_000);
    const due = (hours: number) => reconcileDue(dataSource, service, at(hours), 24);
    await dataSource.query('DELETE FROM balance WHERE tenant_id <> $1', [tenantId]);
    told.isAway = true;
    await due(0);
    told.isAway = false;
    await due(0);
    await due(23);
    expect(await statuses()).toEqual([
      ['agreed', 'schedule'],
      ['failed', 'schedule'],
    ]);
    await due(25);
    expect(await statuses()).toHaveLength(3);
  });

  it('goes on behind a tenant that cannot be compared', async () => {
    const first = tenantId;
    await people(1);
    told.users.clear();
    tenantId = newId();
    await people(1);
    await dataSource.query('DELETE FROM balance WHERE tenant_id <> ALL ($1)', [[first, tenantId]]);
    told.refuses = first;
    await reconcileDue(dataSource, service, clock.at, 24);
    const statuses = async (of: string) =>
      (await service.list(of, { before: undefined, limit: 10 })).map(({ status }) => status);
    expect([await statuses(first), await statuses(tenantId)]).toEqual([['failed'], ['agreed']]);
    await reconcileDue(dataSource, service, clock.at, 24);
    expect([await statuses(first), await statuses(tenantId)]).toEqual([['failed', 'failed'], ['agreed']]);
  });
});
