import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import { type InvoiceAnswer, PLANS, type PlanAnswer } from '#billing-api/billing';
import type { StaleSeats } from '#billing-api/ledger';
import { LOCAL_USERS } from '#directory-api/admin';
import type { CloudEvent } from '#events/envelope';
import type { SeatChange } from '#events/seat-change';
import { DEFAULT_LIGHT_GROUP } from '../apps/billing/src/classes/seat-class.ts';
import { startReceiver } from '../apps/billing/test/webhook-receiver.ts';
import { type Person, people } from '../tools/okta/src/people.ts';
import { ctl } from './harness/ctl.ts';
import { eventually } from './harness/eventually.ts';
import { oktaFor } from './harness/okta.ts';
import { type System, startSystem, type Team } from './harness/system.ts';

let system: System;
let consumer: ChannelModel;

beforeAll(async () => {
  const WEBHOOK_KEYS = randomBytes(32).toString('base64');
  system = await startSystem({ env: { billing: { ALLOW_INSECURE_WEBHOOKS: 'true', WEBHOOK_KEYS } } });
  consumer = await connect(system.amqpUrl);
});
afterAll(async () => {
  await consumer.close();
  await system.stop();
});

/** A zone where it is about noon, so that no day ends while a test runs. */
function zoneAtNoon(): string {
  const behind = new Date().getUTCHours() - 12;
  return behind === 0 ? 'UTC' : `Etc/GMT${behind > 0 ? '+' : ''}${behind}`;
}

function setPlan({ tenantId }: Team, change: object = {}, applies = 'this_term'): Promise<PlanAnswer> {
  const prices = { core: 1250, light: 300 };
  const plan = { currency: 'EUR', prices, every: 'month', anchorDay: 1, timeZone: zoneAtNoon(), ...change };
  return system.ask.billing<PlanAnswer>(PLANS.set, { tenantId, plan, applies, actor: 'operator:spec' });
}

/** What a seat costs that is taken on the first day of the term; half a cent is rounded up. */
function proratedTo({ days, fullDays }: PlanAnswer['term'], price: number): number {
  return Math.floor((2 * price * days + fullDays) / (2 * fullDays));
}

async function get(team: Team, path: string): Promise<string> {
  const response = await fetch(`${team.billingUrl}${path}`, {
    headers: { authorization: `Bearer ${team.billingKey}` },
  });
  expect(response.status).toBe(200);
  return response.text();
}

/** Seat events of a tenant as its own queue gets them from now on. */
async function seatEvents(tenantId: string): Promise<CloudEvent<SeatChange>[]> {
  const channel = await consumer.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'billing.events', 'seat.#');
  const events: CloudEvent<SeatChange>[] = [];
  await channel.consume(
    queue,
    (message) => {
      const event: CloudEvent<SeatChange> | null = message && JSON.parse(message.content.toString());
      // delivered at least once
      if (event?.tenantid === tenantId && events.every(({ id }) => id !== event.id)) events.push(event);
    },
    { noAck: true },
  );
  return events;
}

async function capToBe(team: Team, seats: number): Promise<void> {
  await eventually(async () => {
    const [rule] = await system.databases.directory.query('SELECT cap_seats FROM seat_rule WHERE tenant_id = $1', [
      team.tenantId,
    ]);
    expect(rule?.cap_seats).toBe(seats);
  });
}

describe('two hundred people, of whom thirty leave and ten return', () => {
  it('are the same seats, to the cent, in the count, the ledger, the events, the webhooks, the CSV and the preview', async () => {
    const team = await system.createTeam();
    const receiver = await startReceiver();
    const { term } = await setPlan(team);
    const events = await seatEvents(team.tenantId);
    const added = await fetch(`${team.billingUrl}/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${team.billingKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: receiver.url }),
    });
    const { secret } = (await added.json()) as { secret: string };

    const okta = oktaFor(team);
    const crowd = people(200, 'billed');
    await okta.app.assignGroup(crowd);
    for (const who of crowd.slice(0, 30)) await okta.app.deactivate(who);
    for (const who of crowd.slice(0, 10)) await okta.app.reactivate(who);
    okta.close();
    const count = await team.seatsToBe(180);
    const paid = { purchased: { core: 200, light: 0 }, available: { core: 20, light: 0 } };
    expect(count).toMatchObject({ inUse: 180, sequence: 240, term: 1, ...paid });

    await eventually(() => expect(events).toHaveLength(240));
    expect(events.map(({ data }) => data.sequence)).toEqual(Array.from({ length: 240 }, (_, index) => index + 1));
    expect(events.at(-1)?.data).toMatchObject({ inUse: 180, inUseCore: 180, inUseLight: 0, ...paid });
    expect(events.every(({ time, data }) => Date.parse(time) <= Date.parse(data.recordedAt))).toBe(true);

    const { lines } = await team.ledger();
    expect(lines.map(({ kind }) => `seat.${kind}.v1`)).toEqual(events.map(({ type }) => type));

    const hooks = () => receiver.received.filter(({ body }) => JSON.parse(body).type.startsWith('seat.'));
    await eventually(() => expect(hooks().length).toBeGreaterThanOrEqual(240));
    expect(receiver.received.every((each) => each.isSignedWith(secret))).toBe(true);
    expect([...new Set(hooks().map(({ body }) => body))].map((body) => JSON.parse(body))).toEqual(events);

    const csv = (await get(team, '/ledger.csv')).trimEnd().split('\r\n');
    const columns = csv[0]?.split(',') ?? [];
    const told = csv.slice(1).map((row) => Object.fromEntries(row.split(',').map((value, at) => [columns[at], value])));
    expect(told.map(({ sequence, in_use: inUse }) => [Number(sequence), Number(inUse)])).toEqual(
      events.map(({ data }) => [data.sequence, data.inUse]),
    );
    expect(told.at(-1)).toMatchObject({ purchased_core: '200', available_core: '20' });
    expect((await get(team, '/seats.csv')).trimEnd().split('\r\n')).toHaveLength(181);

    const preview = JSON.parse(await get(team, '/invoices/preview?limit=1000')) as InvoiceAnswer;
    const each = proratedTo(term, 1250);
    expect(preview).toMatchObject({ lineCount: 200, total: 200 * each, inUse: { core: 180, light: 0 }, ...paid });
    expect(preview.totalDecimal).toBe(((200 * each) / 100).toFixed(2));
    expect(preview.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(preview.total);
    expect(await team.reconcile()).toMatchObject({ status: 'agreed', people: 180, differences: [] });
    await receiver.stop();
  });
});

describe('people who are pushed into the light group once they were made', () => {
  it('cost a light seat each, and no core one', async () => {
    const team = await system.createTeam();
    const { term } = await setPlan(team);
    const okta = oktaFor(team);
    const crowd = people(3, 'light');
    await okta.app.assignGroup(crowd);
    await team.seatsToBe(3);
    await okta.groups.pushGroup({ name: DEFAULT_LIGHT_GROUP, members: crowd });
    okta.close();
    await eventually(async () => expect(await team.seats()).toMatchObject({ inUseCore: 0, inUseLight: 3 }));
    const preview = JSON.parse(await get(team, '/invoices/preview')) as InvoiceAnswer;
    expect(preview).toMatchObject({ lineCount: 3, total: 3 * proratedTo(term, 300), purchased: { core: 0, light: 3 } });
  });
});

describe('a cap', () => {
  it('that blocks is answered to the identity provider, who gets in somebody for each who leaves', async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    const crowd = people(5, 'capped');
    await setPlan(team, { cap: { kind: 'block', seats: 3 } });
    await capToBe(team, 3);
    const outcomes = await Promise.allSettled(crowd.map((who) => okta.app.assign(who)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => [reason.status, reason.message])).toEqual(
      Array(2).fill([403, expect.stringContaining('allows 3 seats')]),
    );
    await team.seatsToBe(3);
    const isIn = crowd.map((_, index) => outcomes[index]?.status === 'fulfilled');
    await okta.app.deactivate(crowd[isIn.indexOf(true)] as (typeof crowd)[number]);
    await okta.app.assign(crowd[isIn.indexOf(false)] as (typeof crowd)[number]);
    okta.close();
    const { sequence } = await team.seatsToBe(3);
    expect(sequence).toBe(5);
  });
});

describe('a seat of somebody whom the identity provider has forgotten', () => {
  it('is told, with why', async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    const [ada, bob] = people(2, 'stale') as [Person, Person];
    await okta.app.assignGroup([ada, bob]);
    await team.seatsToBe(2);
    const stale = async () => JSON.parse(await get(team, '/stale-seats?days=30')) as StaleSeats;
    expect((await stale()).seats).toEqual([]);
    const old = "now() - interval '40 days'";
    const { tenantId } = team;
    await eventually(async () => {
      const [row] = await system.databases.directory.query(
        'SELECT count(*)::int AS n FROM scim_contact WHERE tenant_id = $1',
        [tenantId],
      );
      expect(row.n).toBe(2);
    });
    await system.databases.directory.query(`UPDATE users SET updated_at = ${old} WHERE tenant_id = $1`, [tenantId]);
    await system.databases.directory.query(`UPDATE scim_contact SET at = ${old} WHERE tenant_id = $1`, [tenantId]);
    await system.databases.directory.query(`UPDATE connections SET created_at = ${old} WHERE tenant_id = $1`, [
      tenantId,
    ]);
    await okta.app.update({ ...ada, title: 'CTO' });
    const told = async () => (await stale()).seats.map(({ userName, reasons }) => [userName, reasons]).toSorted();
    const never = 'connection_never_deactivated';
    // the gateway's records come behind the answers
    const expected = [
      [ada.login, [never]],
      [bob.login, ['no_contact', never]],
    ].toSorted();
    await eventually(async () => expect(await told()).toEqual(expected));
    await okta.app.deactivate(ada);
    await team.seatsToBe(1);
    expect(await told()).toEqual([[bob.login, ['no_contact']]]);
    okta.close();
  });
});

describe('the operator’s command line', () => {
  it('proves the ledger, finds a seat that is wrong, and heals it when told to', async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    await okta.app.assignGroup(people(3, 'ctl'));
    okta.close();
    await team.seatsToBe(3);
    const run = (...words: string[]) => ctl(system.amqpUrl, 'billing', ...words, '--tenant', team.tenantId);
    expect(await run('verify')).toMatchObject({ code: 0, out: '3 lines of 1 tenant: no difference.\n' });
    expect(await run('reconcile')).toMatchObject({ code: 0, out: '3 billable users: no difference.\n' });
    expect(await run('stale-seats')).toMatchObject({ code: 0, out: 'No stale seats.\n' });

    const [seat] = await system.databases.billing.query(
      `UPDATE seat SET occupied = false, active = false WHERE (tenant_id, user_id) = (
         SELECT tenant_id, min(user_id::text)::uuid FROM seat WHERE tenant_id = $1 GROUP BY tenant_id) RETURNING user_id`,
      [team.tenantId],
    );
    expect(await run('verify')).toMatchObject({ code: 1, out: expect.stringContaining('expected core, found free') });
    const found = await run('reconcile', '--wait', '1');
    expect(found).toMatchObject({ code: 1, out: expect.stringContaining(seat[0].user_id) });
    expect(found.err).toMatch(/1 difference\. --heal sets seats and memberships right\.\n$/);
    await system.databases.billing.query('UPDATE seat SET occupied = true, active = true WHERE tenant_id = $1', [
      team.tenantId,
    ]);
    await system.databases.directory.query('UPDATE users SET active = false WHERE tenant_id = $1 AND id = $2', [
      team.tenantId,
      seat[0].user_id,
    ]);
    expect(await run('reconcile', '--heal', '--wait', '1')).toMatchObject({
      code: 0,
      out: expect.stringContaining('line 4'),
    });
    expect(await run('reconcile')).toMatchObject({ code: 0, out: '2 billable users: no difference.\n' });
    expect(await run('verify')).toMatchObject({ code: 0 });
  });

  it('finds a membership that billing has missed, and has the groups told again', async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    const [ada] = people(1, 'missed') as [Person];
    await okta.app.assignGroup([ada]);
    await okta.groups.pushGroup({ name: DEFAULT_LIGHT_GROUP, members: [] });
    okta.close();
    await team.seatsToBe(1);
    await system.databases.directory.query(
      `INSERT INTO memberships (tenant_id, group_id, user_id, local, connection_id)
       SELECT tenant_id, g.id, u.id, false, u.managed_by FROM users u JOIN groups g USING (tenant_id) WHERE tenant_id = $1`,
      [team.tenantId],
    );
    const run = (...words: string[]) => ctl(system.amqpUrl, 'billing', ...words, '--tenant', team.tenantId);
    expect(await run('reconcile', '--wait', '1')).toMatchObject({ code: 1, out: expect.stringContaining('1 and 0') });
    expect(await run('reconcile', '--heal', '--wait', '5')).toMatchObject({
      code: 0,
      out: expect.stringContaining('groups'),
    });
    expect(await run('reconcile')).toMatchObject({ code: 0, out: '1 billable user: no difference.\n' });
    expect(await team.seats()).toMatchObject({ inUse: 1, inUseLight: 1 });
    expect(await run('verify')).toMatchObject({ code: 0 });
  });
});

describe('a plan that counts from the first sign-in', () => {
  it('bills nobody before it', async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    await setPlan(team, { billableFrom: 'first_sign_in' });
    const [ada, bob] = people(2, 'sign-in') as [Person, Person];
    await okta.app.assignGroup([ada, bob]);
    okta.close();
    await system.ask.directory(LOCAL_USERS.signIn, { tenantId: team.tenantId, userName: ada.login });
    await team.seatsToBe(1);
    const { lines } = await team.ledger();
    expect(lines).toMatchObject([{ kind: 'occupied', cause: { eventType: 'user.signed_in.v1' } }]);
  });
});
