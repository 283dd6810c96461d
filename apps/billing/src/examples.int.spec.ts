import { connect as connectTo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { RabbitConnection } from '#rabbit/connection';
import { BILLING_EVENTS } from '#rabbit/topology';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { createBillingDatabase } from '../test/billing-database.ts';
import { peopleCreated } from '../test/directory-events.ts';
import { startExample } from '../test/example.ts';
import { SeatsService } from './seats/seats.service.ts';
import { askSystem } from './webhooks/resolve.ts';
import { Seal } from './webhooks/seal.ts';
import { WebhookSender } from './webhooks/sender.ts';
import { newSecret, signedHeaders } from './webhooks/signature.ts';
import { WebhooksService } from './webhooks/webhooks.service.ts';

const rules = { insecure: true, resolve: askSystem };
const clock = new Clock();
let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let vhost: TestVhost;

beforeAll(async () => {
  [database, vhost] = await Promise.all([createBillingDatabase(), createVhost()]);
});
afterAll(async () => {
  await Promise.all([database.drop(), vhost.drop()]);
});

describe('the sample webhook receiver', () => {
  it('takes what billing sends once, and nothing that is forged, changed or old', async () => {
    const tenantId = newId();
    const { shown, secret } = newSecret();
    const receiver = startExample('webhook-receiver', { WEBHOOK_SECRET: shown, PORT: '0' });
    try {
      const port = await eventually(() => {
        const [, found] = /^listening (\d+)$/.exec(receiver.lines()[0] ?? '') ?? [];
        expect(found).toBeDefined();
        return found;
      });
      const url = `http://127.0.0.1:${port}/`;
      const seal = new Seal([]);
      const webhooks = new WebhooksService(database.dataSource, clock, rules, seal);
      const { id } = await webhooks.add({ tenantId, url });
      await database.dataSource.query('UPDATE webhook_endpoint SET secret = $2 WHERE id = $1', [id, secret]);
      const seats = new SeatsService(database.dataSource, clock);
      await database.dataSource.transaction((tx) => seats.apply(tx, peopleCreated(tenantId, 3)));
      const sender = new WebhookSender(database.dataSource, clock, { ...rules, seal });
      await sender.round();
      await webhooks.redeliver({ tenantId, id, since: '2020-01-01T00:00:00Z' });
      await sender.round();
      await sender.stop();
      expect(await webhooks.get({ tenantId, id })).toMatchObject({ state: 'active', lastProblem: null });
      const taken = receiver
        .lines()
        .slice(1)
        .map((line) => JSON.parse(line));
      expect(taken).toMatchObject([1, 2, 3].map((sequence) => ({ tenantId, sequence, inUse: sequence })));

      const body = '{"type":"seat.occupied.v1","tenantid":"x","data":{"sequence":9,"inUse":9}}';
      const post = async (headers: Record<string, string>, text = body) =>
        (await fetch(url, { method: 'POST', headers, body: text })).status;
      const good = signedHeaders([secret], { id: 'a', sentAt: clock.now(), body });
      const old = signedHeaders([secret], { id: 'b', sentAt: new Date(Date.now() - 301_000), body });
      const early = signedHeaders([secret], { id: 'c', sentAt: new Date(Date.now() + 310_000), body });
      expect(await post({})).toBe(401);
      expect(await post(signedHeaders([newSecret().secret], { id: 'a', sentAt: clock.now(), body }))).toBe(401);
      expect(await post(good, body.replace('9', '8'))).toBe(401);
      expect(await post({ ...good, 'webhook-id': 'other' })).toBe(401);
      expect(await post(old)).toBe(401);
      expect(await post(early)).toBe(401);
      expect(receiver.lines()).toHaveLength(4);
      const rotated = signedHeaders([newSecret().secret, secret], { id: 'a', sentAt: clock.now(), body });
      expect(await post(rotated)).toBe(204);
      expect(await post(good)).toBe(204);
      const cutOff = connectTo(Number(port), '127.0.0.1');
      cutOff.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"a');
      await eventually(() => expect(cutOff.bytesWritten).toBeGreaterThan(50));
      cutOff.resetAndDestroy();
      expect(await post({})).toBe(401);
      expect(receiver.lines().filter((line) => line.startsWith('{'))).toHaveLength(4);
    } finally {
      await receiver.stop();
    }
  });
});

describe('the sample consumer of the queue', () => {
  it('reads from the beginning or an offset, and heals from repeats and gaps by the absolute count', async () => {
    const tenantId = newId();
    const connection = new RabbitConnection(vhost.url, 'examples-spec', [BILLING_EVENTS]);
    await connection.channel(async () => {});
    const client = await connect(vhost.url);
    const channel = await client.createConfirmChannel();
    const tell = async (sequence: number, recordedAt = '2026-01-31T12:00:00Z') => {
      const data = { sequence, inUse: sequence * 10, recordedAt };
      const event = { type: 'seat.occupied.v1', tenantid: tenantId, data };
      channel.publish(BILLING_EVENTS, event.type, Buffer.from(JSON.stringify(event)), { persistent: true });
      await channel.waitForConfirms();
    };
    await eventually(async () => channel.checkExchange(BILLING_EVENTS));
    for (const sequence of [1, 2, 2, 1, 5]) await tell(sequence);
    const first = startExample('seat-queue', { AMQP_URL: vhost.url });
    const fromOffset = startExample('seat-queue', { AMQP_URL: vhost.url, FROM: '4' });
    try {
      const read = (of: typeof first, count: number) =>
        eventually(() => {
          const events = of
            .lines()
            .filter((line) => line.startsWith('{'))
            .map((line) => JSON.parse(line));
          expect(events.length).toBeGreaterThanOrEqual(count);
          return events;
        });
      expect(await read(first, 3)).toMatchObject([
        { tenantId, sequence: 1, inUse: 10, missed: 0, offset: 0 },
        { sequence: 2, inUse: 20, missed: 0, offset: 1 },
        { sequence: 5, inUse: 50, missed: 2, offset: 4 },
      ]);
      await tell(6);
      expect((await read(first, 4)).at(-1)).toMatchObject({ sequence: 6, inUse: 60, missed: 0 });
      expect(await read(fromOffset, 2)).toMatchObject([{ sequence: 5 }, { sequence: 6 }]);
      // billing's database was lost, and is built anew
      await tell(1, '2026-02-28T12:00:00Z');
      expect((await read(first, 5)).at(-1)).toMatchObject({ sequence: 1, inUse: 10, missed: 0 });
    } finally {
      await Promise.all([first.stop(), fromOffset.stop()]);
      await client.close();
      await connection.close();
    }
  });
});
