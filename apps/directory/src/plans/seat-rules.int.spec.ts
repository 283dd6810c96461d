import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { cloudEvent } from '#events/envelope';
import { type BillableFrom, PLAN_APPLIED, type PlanApplied, type SeatCap } from '#events/plan-applied.v1';
import type { Delivery } from '#rabbit/ordered-consumer';
import { newId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { USER_URN } from '#scim/user';
import { command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { BillableRpc } from '../users/billable.rpc.ts';
import { SeatRulesService } from './seat-rules.service.ts';

let directory: Directory;
let team: Team;
let rules: SeatRulesService;
let planVersion: number;

beforeAll(async () => {
  directory = await createDirectory();
  rules = new SeatRulesService(directory.dataSource);
});
afterAll(() => directory.close());
beforeEach(async () => {
  team = await createTeam(directory);
  planVersion = 0;
});

const deactivate = [{ op: 'replace', value: { active: false } }];
const activate = [{ op: 'replace', value: { active: true } }];
const block = (seats: number): SeatCap => ({ kind: 'block', seats });

async function plan(cap: SeatCap, change: Partial<PlanApplied> = {}): Promise<void> {
  await rules.apply([told(cap, change)]);
}

/** The plan that billing tells of now: a later one than those it has told before. */
function told(cap: SeatCap, change: Partial<PlanApplied> = {}): Delivery {
  const data: PlanApplied = {
    planVersion: ++planVersion,
    term: 1,
    cap,
    billableFrom: 'provisioned',
    lightGroup: 'GURU:Light User Group',
    ...change,
  };
  const event = cloudEvent({
    source: 'rollcall/billing',
    type: PLAN_APPLIED,
    tenantId: team.tenantId,
    subject: `plans/${data.planVersion}`,
    version: data.planVersion,
    time: new Date(),
    cause: { commandId: newId(), requestId: 'spec', actor: 'operator' },
    data,
  });
  return { content: Buffer.from(JSON.stringify(event)), headers: {}, type: PLAN_APPLIED, messageId: event.id };
}

/** The status that the identity provider gets, and what it is told. */
async function answerOf(work: Promise<unknown>): Promise<[number, string]> {
  try {
    await work;
    return [200, ''];
  } catch (error) {
    const { status, content } = await firstValueFrom(new RefusalFilter().catch(error));
    return [status, JSON.parse(content.toString()).detail];
  }
}
const statusOf = async (work: Promise<unknown>) => (await answerOf(work))[0];

function replace(id: string, userName: string) {
  const resource = { schemas: [USER_URN], userName, active: true };
  return directory.users.replace({ ...team.base, id, resource }, command());
}

async function billable(billableFrom: BillableFrom = 'provisioned'): Promise<number> {
  const rpc = new BillableRpc(directory.dataSource, directory.clock);
  const answer = await rpc.list({ tenantId: team.tenantId, billableFrom, limit: 1_000 });
  return JSON.parse(answer.content.toString()).length;
}

async function rule() {
  const [row] = await directory.dataSource.query('SELECT cap_seats, billable FROM seat_rule WHERE tenant_id = $1', [
    team.tenantId,
  ]);
  return row;
}
const cap = async (): Promise<number | null> => (await rule())?.cap_seats ?? null;
const counted = async (): Promise<number | null> => (await rule())?.billable ?? null;

describe('a block cap', () => {
  it('refuses to activate anybody beyond it, at every door, and says what to do', async () => {
    const ada = await team.createUser('ada@example.com');
    await plan(block(2));
    const bob = await team.createUser('bob@example.com', { active: false });
    expect(await statusOf(team.patchUser(String(bob.id), activate))).toBe(200);
    const [status, detail] = await answerOf(team.createUser('cyd@example.com'));
    expect([status, detail]).toEqual([403, expect.stringMatching(/allows 2 seats.*Deactivate or delete somebody/)]);
    expect(await statusOf(team.localUser('dan@example.com'))).toBe(403);
    const eve = await team.createUser('eve@example.com', { active: false });
    expect(await statusOf(team.patchUser(String(eve.id), activate))).toBe(403);
    expect(await statusOf(replace(String(eve.id), 'eve@example.com'))).toBe(403);
    expect(await statusOf(team.patchUser(String(ada.id), [{ op: 'replace', value: { title: 'CTO' } }]))).toBe(200);
    const told = (await team.events()).filter(({ subject }) => subject !== `users/${eve.id}`);
    expect(told.map(({ type }) => type)).toEqual([
      'user.created.v1',
      'user.created.v1',
      'user.activated.v1',
      'user.updated.v1',
    ]);
    expect([await billable(), await counted()]).toEqual([2, 2]);
  });

  it('lets somebody in for each who leaves', async () => {
    await plan(block(1));
    const ada = await team.createUser('ada@example.com');
    expect(await statusOf(team.createUser('bob@example.com'))).toBe(403);
    await team.patchUser(String(ada.id), deactivate);
    const bob = await team.createUser('bob@example.com');
    expect(await statusOf(team.patchUser(String(ada.id), activate))).toBe(403);
    await directory.users.delete({ ...team.base, id: String(bob.id) }, command());
    expect(await statusOf(team.patchUser(String(ada.id), activate))).toBe(200);
    expect([await billable(), await counted()]).toEqual([1, 1]);
  });

  it('evicts nobody when it comes below what is in use', async () => {
    const people = await Promise.all(['ada', 'bob', 'cyd'].map((name) => team.createUser(`${name}@example.com`)));
    await plan(block(2));
    expect(await billable()).toBe(3);
    await team.patchUser(String(people[0]?.id), deactivate);
    expect(await statusOf(team.patchUser(String(people[0]?.id), activate))).toBe(403);
    await plan(block(3));
    expect(await statusOf(team.patchUser(String(people[0]?.id), activate))).toBe(200);
    await plan({ kind: 'alert', seats: 1 });
    expect(await statusOf(team.createUser('dan@example.com'))).toBe(200);
  });

  it('is that of the plan told last, whatever comes late or twice', async () => {
    const [before, last] = [told(block(1)), told(block(5))];
    for (const delivery of [last, before, last]) await rules.apply([delivery]);
    expect(await cap()).toBe(5);
  });

  it('is that of the plan set anew when billing was rebuilt, whose versions begin again, also when older ones are told again', async () => {
    const lost = told(block(1), { planVersion: 7 });
    await rules.apply([lost]);
    const warn = jest.spyOn(logger, 'warn');
    await plan(block(5), { planVersion: 1 });
    expect([await cap(), warn.mock.calls]).toEqual([5, []]);
    await rules.apply([lost]);
    const ignored = [{ tenantId: team.tenantId, eventId: lost.messageId, planVersion: 7 }, expect.any(String)];
    expect([await cap(), warn.mock.calls]).toEqual([5, [ignored]]);
    warn.mockRestore();
  });

  it('is that of a version told again for another term', async () => {
    await plan(block(1), { planVersion: 1 });
    await plan(block(5), { planVersion: 1, term: 2 });
    expect(await cap()).toBe(5);
  });

  it('gives way to whatever is told next where nobody knows when it was told', async () => {
    const next = told(block(5), { planVersion: 1 });
    await plan(block(1), { planVersion: 7 });
    await directory.dataSource.query('UPDATE seat_rule SET event_id = NULL WHERE tenant_id = $1', [team.tenantId]);
    await rules.apply([next]);
    expect(await cap()).toBe(5);
  });

  it('lets exactly so many in when many come at once, by all doors', async () => {
    await plan(block(20));
    const waiting = await Promise.all(
      Array.from({ length: 20 }, (_, index) => team.createUser(`idle-${index}@example.com`, { active: false })),
    );
    const statuses = await Promise.all([
      ...waiting.map(({ id }) => statusOf(team.patchUser(String(id), activate))),
      ...Array.from({ length: 30 }, (_, index) => statusOf(team.createUser(`new-${index}@example.com`))),
    ]);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 403)).toHaveLength(30);
    expect([await billable(), await counted()]).toEqual([20, 20]);
  });

  it('misses nobody who is made while it arrives', async () => {
    const creating = Array.from({ length: 40 }, (_, index) => statusOf(team.createUser(`p-${index}@example.com`)));
    const arriving = Array.from({ length: 5 }, (_, index) => plan(block(1_000 + index)));
    await Promise.all([...creating, ...arriving]);
    expect([await billable(), await counted()]).toEqual([40, 40]);
  });

  it('of one team is none of another', async () => {
    await plan(block(1));
    await team.createUser('ada@example.com');
    const other = await createTeam(directory);
    const statuses = await Promise.all([
      statusOf(team.createUser('bob@example.com')),
      statusOf(other.createUser('bob@example.com')),
      statusOf(other.createUser('cyd@example.com')),
    ]);
    expect(statuses).toEqual([403, 200, 200]);
  });
});

describe('a plan that counts from the first sign-in', () => {
  const signIn = (userName: string) =>
    directory.local.signIn(
      { tenantId: team.tenantId, userName },
      { commandId: newId(), requestId: 'spec', actor: 'operator' },
    );

  it('tells the first sign-in once, with a version of its own and no change of the resource', async () => {
    const ada = await team.createUser('ada@example.com');
    const { firstSignedInAt } = await signIn('Ada@Example.com');
    expect((await signIn('ada@example.com')).firstSignedInAt).toEqual(firstSignedInAt);
    const events = await team.events();
    expect(events.map(({ type, version }) => [type, version])).toEqual([
      ['user.created.v1', 1],
      ['user.signed_in.v1', 2],
    ]);
    expect(events[1]?.data).toMatchObject({ active: true, signedInAt: firstSignedInAt?.toISOString() });
    const { meta, ...after } = await directory.users.get({ ...team.base, id: String(ada.id) });
    const { meta: before, ...resource } = ada;
    expect(after).toEqual(resource);
    expect([before?.version, meta?.version]).toEqual(['W/"1"', 'W/"2"']);
    await team.patchUser(String(ada.id), deactivate);
    expect((await team.events())[2]?.data).toMatchObject({ signedInAt: firstSignedInAt?.toISOString() });
    await expect(signIn('ada@example.com')).rejects.toMatchObject({ status: 403 });
    await expect(signIn('nobody@example.com')).rejects.toMatchObject({ status: 404 });
  });

  it('counts, and caps, who has signed in', async () => {
    await plan(block(1), { billableFrom: 'first_sign_in' });
    const [ada] = await Promise.all(['ada', 'bob', 'cyd'].map((name) => team.createUser(`${name}@example.com`)));
    expect(await billable('first_sign_in')).toBe(0);
    await signIn('ada@example.com');
    expect(await statusOf(signIn('bob@example.com'))).toBe(403);
    await team.patchUser(String(ada?.id), deactivate);
    await signIn('bob@example.com');
    expect(await statusOf(team.patchUser(String(ada?.id), activate))).toBe(403);
    expect([await billable('first_sign_in'), await counted()]).toEqual([1, 1]);
    await plan(block(3));
    expect([await billable(), await counted()]).toEqual([2, 2]);
  });
});

describe('a plan that cannot be read', () => {
  it('is left out, and the next one holds', async () => {
    const good = told(block(1));
    await rules.apply([{ ...good, content: Buffer.from('{"type":') }, good]);
    await team.createUser('ada@example.com');
    expect(await statusOf(team.createUser('bob@example.com'))).toBe(403);
  });
});
