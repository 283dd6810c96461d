import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import type { CloudEvent } from '#events/envelope';
import { RabbitConnection } from '#rabbit/connection';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { FaultyProxy } from '../../../test/harness/proxy.ts';
import { createOutbox, firstHeard, hear, ids, manyTold, numbered, type Outbox, tenantOf, told } from '../test/told.ts';
import { append } from './append.ts';
import { Relay } from './relay.ts';

const EXCHANGE = 'spec.events';
const HEARD = 'tenant.created.v1';
const UNHEARD = 'nobody.hears.v1';

let outbox: Outbox;
let vhost: TestVhost;
let broker: ChannelModel;
let channel: Channel;
let heard: CloudEvent[];
let hearing: Awaited<ReturnType<typeof hear>>;
let ends: (() => Promise<unknown>)[];

beforeEach(async () => {
  [outbox, vhost] = await Promise.all([createOutbox(), createVhost()]);
  broker = await connect(vhost.url);
  channel = await broker.createChannel();
  heard = [];
  hearing = await hear(vhost.url, EXCHANGE, (event) => heard.push(event), HEARD);
  ends = [];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  await hearing.stop();
  await broker.close();
  await outbox.drop();
  await vhost.drop();
});

async function startRelay(url = vhost.url): Promise<Relay> {
  const connection = new RabbitConnection(url, 'failures-spec');
  const relay = new Relay(outbox.dataSource, connection, EXCHANGE);
  await relay.start();
  ends.push(async () => {
    await relay.stop();
    await connection.close();
  });
  return relay;
}

const tell = (...events: CloudEvent[]) => outbox.dataSource.transaction((tx) => append(tx, ...events));

describe('an event that no queue waits for', () => {
  it('stops its partition, is not overtaken and not counted as sent, until a queue does', async () => {
    const relay = await startRelay();
    const [stuck, other] = [tenantOf(1), tenantOf(2)];
    const subject = 'ada';
    const [first, unheard, last] = [
      told(stuck, { subject, version: 1 }),
      told(stuck, { subject, version: 2, type: UNHEARD }),
      told(stuck, { subject, version: 3 }),
    ];
    await tell(first, unheard, last, ...manyTold(other, 50));
    await eventually(async () => expect(await outbox.waiting(other)).toEqual([]));
    expect(firstHeard(heard, other)).toHaveLength(50);
    await eventually(async () => expect(await outbox.waiting(stuck)).toEqual(ids([unheard, last])));
    const more = manyTold(other, 50);
    await tell(...more);
    await eventually(() => expect(firstHeard(heard, other)).toHaveLength(100));
    expect(firstHeard(heard, stuck)).toEqual([first.id]);
    expect(relay.isReady).toBe(true);

    await hearing.bind(UNHEARD);
    await eventually(() => expect(firstHeard(heard, stuck)).toEqual(ids([first, unheard, last])));
    await eventually(async () => expect(await outbox.waiting()).toEqual([]));
  });

  it('counts nothing behind it as sent', async () => {
    await startRelay();
    const tenant = tenantOf(3);
    const events = [...manyTold(tenant, 20), told(tenant, { type: UNHEARD }), ...manyTold(tenant, 20)];
    await tell(...events);
    await eventually(async () => expect(await outbox.waiting(tenant)).toEqual(ids(events.slice(20))));
    await hearing.bind(UNHEARD);
    await eventually(async () => expect(await outbox.waiting(tenant)).toEqual([]));
    expect(firstHeard(heard, tenant).sort()).toEqual(ids(events).sort());
  });
});

describe('an event that a full queue refuses', () => {
  it('is not overtaken by the next of its subject', async () => {
    const queue = 'spec.full';
    await channel.assertQueue(queue, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': 3, 'x-overflow': 'reject-publish' },
    });
    await channel.bindQueue(queue, EXCHANGE, '#');
    await startRelay();
    const tenant = tenantOf(4);
    const events = numbered(tenant, 60);
    await tell(...events);
    const taken: string[] = [];
    await channel.prefetch(1);
    await channel.consume(queue, (message) => {
      if (!message) return;
      taken.push(JSON.parse(message.content.toString()).id);
      channel.ack(message);
    });
    await eventually(() => expect([...new Set(taken)]).toEqual(ids(events)));
    await eventually(async () => expect(await outbox.waiting()).toEqual([]));
  });
});

describe('when the broker connection is lost with hundreds of events on their way', () => {
  it('nothing is missing and every tenant’s events arrive in order', async () => {
    const proxy = new FaultyProxy(new URL(vhost.url));
    await proxy.listen();
    ends.push(() => proxy.close());
    await startRelay(proxy.url(vhost.url));
    const tenants = Array.from({ length: 8 }, (_, partition) => tenantOf(partition));
    const events = tenants.map((tenant) => manyTold(tenant, 1_000));
    for (let round = 0; round < 4; round += 1) {
      for (const each of events) await tell(...each.slice(round * 250, (round + 1) * 250));
      const before = heard.length;
      await eventually(() => expect(heard.length).toBeGreaterThan(before));
      proxy.reset();
    }
    await eventually(() => {
      for (const [index, tenant] of tenants.entries()) {
        expect(firstHeard(heard, tenant)).toEqual(ids(events[index] ?? []));
      }
    });
    await eventually(async () => expect(await outbox.waiting()).toEqual([]));
    // What was on its way when the line was cut was sent again.
    expect(heard.length).toBeGreaterThanOrEqual(8_000);
  });
});
