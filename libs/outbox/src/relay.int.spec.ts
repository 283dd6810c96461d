import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { DataSource } from 'typeorm';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { RabbitConnection } from '#rabbit/connection';
import { DIRECTORY_EVENTS } from '#rabbit/topology';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { createDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { append } from './append.ts';
import { partitionOutbox } from './partitioned-schema.ts';
import { Relay } from './relay.ts';
import { OUTBOX_TABLES } from './schema.ts';

let database: TestDatabase;
let vhost: TestVhost;
let dataSource: DataSource;
let connection: RabbitConnection;
let relay: Relay;
let heard: CloudEvent[];
let stopHearing: () => Promise<void>;

beforeAll(async () => {
  [database, vhost] = await Promise.all([createDatabase(), createVhost()]);
  dataSource = await open();
  await dataSource.query(OUTBOX_TABLES);
  await dataSource.query(partitionOutbox(new Date()));
});

afterAll(async () => {
  await dataSource.destroy();
  await Promise.all([database.drop(), vhost.drop()]);
});

beforeEach(async () => {
  connection = new RabbitConnection(vhost.url, 'relay-spec');
  relay = new Relay(dataSource, connection, DIRECTORY_EVENTS);
  await relay.start();
  heard = [];
  stopHearing = await hear((event) => heard.push(event));
});

afterEach(async () => {
  await stopHearing();
  await relay.stop();
  await connection.close();
});

describe('the relay', () => {
  it('publishes what was committed, in order, and marks it', async () => {
    const events = numbered(newId(), 1_200);
    await dataSource.transaction((tx) => append(tx, ...events));
    await eventually(() => expect(ids(heard)).toEqual(ids(events)));
    await eventually(async () => expect(await waiting()).toBe(0));
  });

  it('publishes nothing of a transaction that was rolled back', async () => {
    const tenant = newId();
    const [lost, kept] = numbered(tenant, 2);
    await dataSource
      .transaction(async (tx) => {
        await append(tx, lost as CloudEvent);
        throw new Error('rolled back');
      })
      .catch(() => {});
    await dataSource.transaction((tx) => append(tx, kept as CloudEvent));
    await eventually(() => expect(ids(heard)).toContain(kept?.id));
    expect(ids(heard)).not.toContain(lost?.id);
  });

  it('does not skip a transaction that took its position first and commits last', async () => {
    const [early, late] = numbered(newId(), 2) as [CloudEvent, CloudEvent];
    await dataSource.transaction(async (slow) => {
      await append(slow, early);
      await dataSource.transaction((fast) => append(fast, late));
      await eventually(() => expect(ids(heard)).toEqual([late.id]));
    });
    await eventually(() => expect(ids(heard)).toEqual([late.id, early.id]));
  });

  it('is not held up by an unrelated transaction that stays open', async () => {
    const [event] = numbered(newId(), 1) as [CloudEvent];
    await dataSource.transaction(async (open) => {
      await open.query('SELECT pg_current_xact_id()');
      await dataSource.transaction((tx) => append(tx, event));
      await eventually(() => expect(ids(heard)).toEqual([event.id]));
    });
  });

  it('leaves a partition to the one relay that holds it, and takes over when that one stops', async () => {
    const other = await open();
    const second = new Relay(other, connection, DIRECTORY_EVENTS);
    await second.start();
    const [before, after] = numbered(newId(), 2) as [CloudEvent, CloudEvent];
    await dataSource.transaction((tx) => append(tx, before));
    await eventually(() => expect(ids(heard)).toEqual([before.id]));

    await relay.stop();
    await dataSource.transaction((tx) => append(tx, after));
    await eventually(() => expect(ids(heard)).toEqual([before.id, after.id]));
    await second.stop();
    await other.destroy();
  });
});

function open(): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url: database.url, poolSize: 6 }).initialize();
}

/** Events of one aggregate, in the order of their versions. */
function numbered(tenantId: string, count: number): CloudEvent[] {
  return Array.from({ length: count }, (_, index) =>
    cloudEvent({
      source: 'rollcall/directory',
      type: 'tenant.created.v1',
      tenantId,
      subject: `tenants/${tenantId}`,
      version: index + 1,
      time: new Date(),
      cause: { commandId: newId(), requestId: 'spec', actor: 'operator' },
      data: { name: `number ${index + 1}` },
    }),
  );
}

function ids(events: CloudEvent[]): string[] {
  return events.map((event) => event.id);
}

async function waiting(): Promise<number> {
  const [row] = await dataSource.query('SELECT count(*)::int AS n FROM outbox WHERE published_at IS NULL');
  return row.n;
}

async function hear(listener: (event: CloudEvent) => void): Promise<() => Promise<void>> {
  const client = await connect(vhost.url);
  const channel = await client.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, DIRECTORY_EVENTS, '#');
  await channel.consume(queue, (message) => message && listener(JSON.parse(message.content.toString())), {
    noAck: true,
  });
  return () => client.close();
}
