import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import { type InvoiceAnswer, PLANS, type PlanAnswer } from '#billing-api/billing';
import { LOCAL_USERS } from '#directory-api/admin';
import type { CloudEvent } from '#events/envelope';
import type { SeatChange } from '#events/seat-change';
import { startReceiver } from '../apps/billing/test/webhook-receiver.ts';
import { people } from '../tools/okta/src/people.ts';
import { eventually } from './harness/eventually.ts';
import { oktaFor } from './harness/okta.ts';
import { type System, startSystem, type Team } from './harness/system.ts';

let system: System;
let consumer: ChannelModel;

beforeAll(async () => {
  system = await startSystem({ env: { billing: { ALLOW_INSECURE_WEBHOOKS: 'true' } } });
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
      if (event?.tenantid === tenantId) events.push(event);
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
    const each = Math.floor((2 * 1250 * term.days + term.fullDays) / (2 * term.fullDays));
    expect(preview).toMatchObject({ lineCount: 200, total: 200 * each, inUse: { core: 180, light: 0 }, ...paid });
    expect(preview.totalDecimal).toBe(((200 * each) / 100).toFixed(2));
    expect(preview.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(preview.total);
    await receiver.stop();
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

describe('a plan that counts from the first sign-in', () => {
  it('bills nobody before it', async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    await setPlan(team, { billableFrom: 'first_sign_in' });
    const [ada, bob] = people(2, 'sign-in') as [ReturnType<typeof people>[number], ReturnType<typeof people>[number]];
    await okta.app.assignGroup([ada, bob]);
    okta.close();
    await system.ask.directory(LOCAL_USERS.signIn, { tenantId: team.tenantId, userName: ada.login });
    await team.seatsToBe(1);
    const { lines } = await team.ledger();
    expect(lines).toMatchObject([{ kind: 'occupied', cause: { eventType: 'user.signed_in.v1' } }]);
  });
});
