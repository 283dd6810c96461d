import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { KEYS, type KeySummary, PARKED, SEATS, type SeatCount } from '#billing-api/billing';
import type { CloudEvent } from '#events/envelope';
import { readEvent } from '#events/read-event';
import type { SeatChange } from '#events/seat-change';
import { RabbitClient } from '#rabbit/client';
import { RabbitConnection } from '#rabbit/connection';
import type { Delivery } from '#rabbit/ordered-consumer';
import { BILLING_COMMANDS, BILLING_EVENTS, DIRECTORY_EVENTS } from '#rabbit/topology';
import { readEnv } from '#runtime/env';
import { newId } from '#runtime/ids';
import type { Running } from '#runtime/start';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { createBillingDatabase } from '../test/billing-database.ts';
import { delivery, malformedDelivery, peopleCreated, userEvent } from '../test/directory-events.ts';
import { startBilling } from './billing.ts';
import { Env } from './env.ts';
import type { LedgerEntry, LedgerPage } from './ledger/ledger.service.ts';

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let vhost: TestVhost;
let billing: Running;
let connection: RabbitConnection;
let client: RabbitClient;
let broker: ChannelModel;
let channel: ConfirmChannel;
let tenantId: string;
const heard: CloudEvent<SeatChange>[] = [];

beforeAll(async () => {
  [database, vhost] = await Promise.all([createBillingDatabase(), createVhost()]);
  billing = await startBilling(env());
  connection = new RabbitConnection(vhost.url, 'billing-spec');
  client = new RabbitClient(connection, { queue: BILLING_COMMANDS, deadlineMs: 10_000, maxInFlight: 10 });
  broker = await connect(vhost.url);
  channel = await broker.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, BILLING_EVENTS, '#');
  await channel.consume(queue, (message) => message && heard.push(JSON.parse(message.content.toString())), {
    noAck: true,
  });
});

afterAll(async () => {
  await billing.close();
  await connection.close();
  await broker.close();
  await Promise.all([database.drop(), vhost.drop()]);
});

beforeEach(() => {
  tenantId = newId();
});

/** What was told of the tenant's seats, once each: its snapshot of the day may come at any time, and anything may come again. */
function ofSeats(): CloudEvent<SeatChange>[] {
  const told = heard.filter(({ tenantid, type }) => tenantid === tenantId && type.startsWith('seat.'));
  return [...new Map(told.map((event) => [event.id, event])).values()];
}

describe('billing', () => {
  it('tells every seat that the directory’s events take or release, in order and with the count', async () => {
    const people = peopleCreated(tenantId, 300);
    const leaving = people.slice(0, 100).map((person) => followUp(person, 'user.deactivated.v1', 2, false));
    await publish([...people, ...leaving].map(delivery));
    await eventually(() => expect(ofSeats()).toHaveLength(400));
    const told = ofSeats();
    expect(told.map(({ version }) => version)).toEqual(told.map((_, index) => index + 1));
    expect(told.map(({ causationid }) => causationid)).toEqual([...people, ...leaving].map(({ id }) => id));
    for (const event of told) expect(readEvent(JSON.stringify(event))).toMatchObject({ source: 'rollcall/billing' });
    expect(told.at(-1)).toMatchObject({ type: 'seat.released.v1', data: { inUse: 200, sequence: 400 } });
  });

  it('answers what a tenant has in use', async () => {
    await publish(peopleCreated(tenantId, 2).map(delivery));
    await eventually(async () => {
      const answer = await client.ask(SEATS.count, { tenantId });
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({ tenantId, inUse: 2, sequence: 2 });
    });
  });

  it('goes on after a restart where it stopped', async () => {
    await publish(peopleCreated(tenantId, 50).map(delivery));
    await billing.close();
    await publish(peopleCreated(tenantId, 50).map(delivery));
    billing = await startBilling(env());
    await eventually(() => expect(ofSeats()).toHaveLength(100));
    expect((await client.ask(SEATS.count, { tenantId })).json()).toMatchObject({ inUse: 100, sequence: 100 });
  });

  it('is ready when the database, the broker and the relay are', async () => {
    const { status, body } = await get('/health/ready');
    expect(status).toBe(200);
    expect(body).toEqual({ ready: true, parts: { database: true, broker: true, relay: true } });
    expect((await get('/health/live')).status).toBe(200);
  });
});

describe('the metrics', () => {
  it('tell what waits, what is parked and how commands are answered, and nothing of a tenant', async () => {
    await client.ask(SEATS.count, { tenantId });
    await client.ask(SEATS.count, {});
    const text = await scrape();
    expect(text).toContain('rollcall_commands_total{pattern="seats.count",status="200"}');
    expect(text).toContain('rollcall_commands_total{pattern="seats.count",status="400"}');
    expect(text).toMatch(/rollcall_command_seconds_bucket\{pattern="seats.count",le="\+Inf"\} \d+\n/);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m);
    expect(text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
    expect(text).not.toContain(tenantId);
    expect(await metric('rollcall_commands_in_flight')).toBe(0);
    // a scrape is without what the database does not tell in time
    const shows = (name: string, value: number) => eventually(async () => expect(await metric(name)).toBe(value));
    await shows('rollcall_parked_events', 0);
    // what the tests before it told may still be marked as published
    await shows('rollcall_outbox_waiting_events', 0);

    const id = newId();
    await database.dataSource.query(
      `INSERT INTO outbox (tenant_id, id, partition, type, subject, command_id, occurred_at, event)
       VALUES ($1, $2, 99, 'seat.occupied.v1', 'seats/1', $2, '2020-01-01', '{}')`,
      [tenantId, id],
    );
    await shows('rollcall_outbox_waiting_events', 1);
    await eventually(async () => expect(await metric('rollcall_outbox_oldest_seconds')).toBeLessThan(60));
    await database.dataSource.query('DELETE FROM outbox WHERE id = $1', [id]);
    await shows('rollcall_outbox_oldest_seconds', 0);
  });
});

describe('a command', () => {
  it.each([
    [SEATS.count, { tenantId: 'acme' }, /tenantId/],
    [KEYS.create, {}, /tenantId/],
    [KEYS.list, {}, /tenantId/],
    [KEYS.revoke, { tenantId: 7, keyId: 'x' }, /tenantId.*keyId/],
    [PARKED.list, { limit: 0 }, /limit/],
    [PARKED.replay, { tenantId: 7 }, /tenantId/],
    [PARKED.show, { tenantId: 7 }, /tenantId/],
    [PARKED.discard, { tenantId: 7, reason: '', actor: '' }, /tenantId.*reason.*actor/],
  ])('%s of another shape is answered 400 with what is wrong', async (pattern, command, problem) => {
    const answer = await client.ask(pattern, command);
    expect(answer.status).toBe(400);
    expect(answer.json<{ detail: string }>().detail).toMatch(problem);
  });

  it('lists what is parked, replays it, 409 while it still cannot be applied, and discards what never can be', async () => {
    const broken = malformedDelivery(tenantId);
    const [person] = peopleCreated(tenantId, 1).map(delivery) as [Delivery];
    await publish([broken, person]);
    const parked = await eventually(async () => {
      const answer = await client.ask(PARKED.list, { tenantId, limit: 10 });
      const body = answer.json<{ parked: { eventId: string }[] }>();
      expect(body.parked).toHaveLength(2);
      return body.parked;
    });
    expect(parked[0]).toEqual({
      tenantId,
      eventId: broken.messageId,
      type: 'user.created.v1',
      reason: 'the message is not JSON',
      content: broken.content.toString(),
    });
    await eventually(async () => expect(await metric('rollcall_parked_events')).toBe(2));
    const refused = await client.ask(PARKED.replay, { tenantId });
    expect(refused.status).toBe(409);
    expect(refused.json<{ detail: string }>().detail).toContain(broken.messageId);

    const shown = await client.ask(PARKED.show, { tenantId });
    expect(shown.json()).toMatchObject({ eventId: broken.messageId, behind: 1, parkedAt: expect.stringMatching(/Z$/) });
    const order = { tenantId, reason: 'it was cut off on its way', actor: 'operator:spec' };
    const discarded = await client.ask(PARKED.discard, order);
    expect([discarded.status, discarded.json()]).toEqual([
      200,
      { eventId: broken.messageId, type: 'user.created.v1', behind: 1 },
    ]);
    expect((await client.ask(PARKED.discard, order)).status).toBe(409);
    expect((await client.ask(PARKED.discard, { ...order, eventId: broken.messageId })).status).toBe(404);
    const record = await client.ask(PARKED.discarded, { tenantId, limit: 10 });
    expect(record.json()).toMatchObject({ discarded: [{ eventId: broken.messageId, actor: 'operator:spec' }] });
    await expect(database.dataSource.query('DELETE FROM discarded')).rejects.toThrow('append-only');

    const replayed = await client.ask(PARKED.replay, { tenantId });
    expect([replayed.status, replayed.json()]).toEqual([200, { replayed: 1 }]);
    expect((await client.ask(SEATS.count, { tenantId })).json()).toMatchObject({ inUse: 1 });
  });
});

describe('the HTTP API', () => {
  let key: string;

  beforeEach(async () => {
    const answer = await client.ask(KEYS.create, { tenantId, label: 'spec' });
    expect(answer.status).toBe(201);
    key = answer.json<{ key: string }>().key;
  });

  it('is closed at once to a key that is revoked', async () => {
    const { keys } = (await client.ask(KEYS.list, { tenantId })).json<{ keys: KeySummary[] }>();
    expect(keys).toMatchObject([{ label: 'spec', revokedAt: null }]);
    const keyId = keys[0]?.keyId;
    expect((await client.ask(KEYS.revoke, { tenantId: newId(), keyId })).status).toBe(404);
    expect(await get(`/v1/tenants/${tenantId}/seats`, key)).toMatchObject({ status: 200 });
    expect((await client.ask(KEYS.revoke, { tenantId, keyId })).status).toBe(200);
    expect(await get(`/v1/tenants/${tenantId}/seats`, key)).toMatchObject({ status: 401 });
  });

  it('tells the seats in use', async () => {
    await occupied(2);
    const { status, body } = await get(`/v1/tenants/${tenantId}/seats`, key);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tenantId,
      inUse: 2,
      inUseCore: 2,
      inUseLight: 0,
      sequence: 2,
      asOf: expect.stringMatching(/Z$/),
    });
    expect(await get(`/v1/tenants/${tenantId.toUpperCase()}/seats`, key)).toMatchObject({ status: 200 });
  });

  it('reads the ledger page by page', async () => {
    const [first] = (await occupied(5)) as [CloudEvent];
    const pages: number[][] = [];
    const lines: LedgerEntry[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const { status, body } = await get(`/v1/tenants/${tenantId}/ledger?after=${after}&limit=2`, key);
      expect(status).toBe(200);
      lines.push(...body.lines);
      pages.push(body.lines.map(({ sequence }) => sequence));
      after = body.next;
    }
    expect(pages).toEqual([[1, 2], [3, 4], [5]]);
    expect(lines[0]).toEqual({
      sequence: 1,
      kind: 'occupied',
      userId: (first.data as { userId: string }).userId,
      userName: 'person-1@example.com',
      effectiveAt: '2026-01-01T00:00:00.000Z',
      recordedAt: expect.stringMatching(/Z$/),
      seatClass: 'core',
      inUse: 1,
      inUseCore: 1,
      inUseLight: 0,
      cause: {
        eventId: first.id,
        eventType: 'user.created.v1',
        commandId: first.commandid,
        requestId: 'request-1',
        actor: 'operator',
      },
    });
    expect((await get(`/v1/tenants/${tenantId}/ledger`, key)).body.next).toBeNull();
  });

  it('refuses who has no key, a wrong one or one of another kind, with 401', async () => {
    const wrong = key.slice(0, -4) + (key.endsWith('AAAA') ? 'BBBB' : 'AAAA');
    for (const credential of [undefined, 'nonsense', wrong, key.replace('rck_', 'rct_')]) {
      const { status, headers, body } = await get(`/v1/tenants/${tenantId}/seats`, credential);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({ title: 'Unauthorized', status: 401, detail: expect.stringMatching(/key/) });
    }
    const basic = await fetch(`${billing.url}/v1/tenants/${tenantId}/seats`, {
      headers: { authorization: `Basic ${key}` },
    });
    expect(basic.status).toBe(401);
  });

  it('answers another tenant’s id and one nobody has alike: 404', async () => {
    const other = newId();
    await client.ask(KEYS.create, { tenantId: other });
    const answers = await Promise.all(
      [other, newId(), 'acme'].map(async (id) => {
        const { status, body } = await get(`/v1/tenants/${id}/seats`, key);
        return { status, body: { ...body, instance: undefined } };
      }),
    );
    expect(answers[0]?.status).toBe(404);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it.each([
    ['after=-1', /after/],
    ['after=x', /after/],
    ['after=99999999999999999999', /after/],
    ['limit=0', /limit/],
    ['limit=1001', /limit/],
    ['limit=1e2', /limit/],
    ['limit=1&limit=2', /limit/],
    ['after=x&limit=0', /after.*limit/],
  ])('answers %s with 400 and the name of what is wrong', async (query, name) => {
    const { status, body } = await get(`/v1/tenants/${tenantId}/ledger?${query}`, key);
    expect(status).toBe(400);
    expect(body.detail).toMatch(name);
  });

  it.each(['/', '/v1/nothing', '/v1/tenants/%zz/seats'])('answers %s as a problem too', async (path) => {
    const { status, headers } = await get(path, key);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

async function scrape(): Promise<string> {
  const response = await fetch(`${billing.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return response.text();
}

async function metric(name: string): Promise<number> {
  const [, value] = new RegExp(`^${name} (.+)$`, 'm').exec(await scrape()) ?? [];
  return Number(value);
}

function env(): Env {
  return readEnv(Env, { DATABASE_URL: database.url, AMQP_URL: vhost.url, PORT: '0' });
}

/** Whatever the API answers. */
type Body = SeatCount & LedgerPage & { title: string; status: number; detail: string; instance: string };

async function get(path: string, key?: string) {
  const response = await fetch(billing.url + path, key ? { headers: { authorization: `Bearer ${key}` } } : {});
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

/** Has the directory tell of new people and waits until they are counted. */
async function occupied(count: number): Promise<CloudEvent[]> {
  const people = peopleCreated(tenantId, count);
  await publish(people.map(delivery));
  await eventually(async () => {
    expect((await client.ask(SEATS.count, { tenantId })).json()).toMatchObject({ inUse: count });
  });
  return people;
}

function followUp({ tenantid, data }: CloudEvent, type: string, version: number, active: boolean): CloudEvent {
  const { userId, userName } = data as { userId: string; userName: string };
  return userEvent({ type, tenantId: tenantid, userId, userName, version, active });
}

async function publish(deliveries: Delivery[]): Promise<void> {
  for (const { type, content, headers, messageId } of deliveries) {
    channel.publish(DIRECTORY_EVENTS, type, content, { headers, messageId, persistent: true });
  }
  await channel.waitForConfirms();
}
