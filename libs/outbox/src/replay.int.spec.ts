import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import { DataSource } from 'typeorm';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { RabbitConnection } from '#rabbit/connection';
import { DIRECTORY_EVENTS, TENANT_HEADER } from '#rabbit/topology';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { createDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { append } from './append.ts';
import { Replay } from './replay.ts';
import type { PlanReplay } from './replay-command.ts';
import { OUTBOX_TABLES } from './schema.ts';

let database: TestDatabase;
let vhost: TestVhost;
let dataSource: DataSource;
let connection: RabbitConnection;
let broker: ChannelModel;
let replay: Replay;
let tenant: string;
let heard: ConsumeMessage[];

beforeAll(async () => {
  [database, vhost] = await Promise.all([createDatabase(), createVhost()]);
  dataSource = await new DataSource({ type: 'postgres', url: database.url, poolSize: 4 }).initialize();
  await dataSource.query(OUTBOX_TABLES);
});
afterAll(async () => {
  await dataSource.destroy();
  await Promise.all([database.drop(), vhost.drop()]);
});

beforeEach(async () => {
  tenant = newId();
  heard = [];
  connection = new RabbitConnection(vhost.url, 'replay-spec');
  replay = new Replay(dataSource, connection, DIRECTORY_EVENTS);
  await connection.channel(async () => {});
  broker = await connect(vhost.url);
  const channel = await broker.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, DIRECTORY_EVENTS, '#');
  await channel.consume(queue, (message) => message && heard.push(message), { noAck: true });
});
afterEach(async () => {
  await broker.close();
  await connection.close();
});

/** Events that were told and published, one a minute from the first of the year on. */
async function told(count: number, type = 'user.updated.v1', published = true): Promise<CloudEvent[]> {
  const events = Array.from({ length: count }, (_, index) =>
    cloudEvent({
      source: 'rollcall/directory',
      type,
      tenantId: tenant,
      subject: 'users/1',
      version: index + 1,
      time: new Date(Date.UTC(2026, 0, 1, 0, index)),
      cause: { commandId: newId(), requestId: 'spec', actor: 'operator' },
      data: { a: 'é  ', n: index },
    }),
  );
  await dataSource.transaction((tx) => append(tx, ...events));
  if (published) await dataSource.query('UPDATE outbox SET published_at = now() WHERE tenant_id = $1', [tenant]);
  return events;
}

/** As ctl does: until it is done. */
async function all(selection: PlanReplay): Promise<number> {
  const plan = await replay.plan(selection);
  let published = 0;
  for (let after = Math.max(plan.first - 1, 0), done = after >= plan.last; !done; ) {
    const progress = await replay.run({ ...selection, after, to: plan.last });
    expect(progress.problem).toBeUndefined();
    ({ position: after, done } = progress);
    published += progress.published;
  }
  return published;
}

const contents = () => heard.map(({ content }) => content.toString());

describe('a replay', () => {
  it('publishes what was told, byte for byte and in order, in many steps', async () => {
    const events = await told(2_500);
    expect(await all({ tenantId: tenant })).toBe(2_500);
    await eventually(() => expect(heard).toHaveLength(2_500));
    expect(contents()).toEqual(events.map((event) => JSON.stringify(event)));
    const [first] = heard;
    expect(first?.properties).toMatchObject({ messageId: events[0]?.id, headers: { [TENANT_HEADER]: tenant } });
    expect(first?.properties.deliveryMode).toBe(2);
  });

  it.each<[string, object, number[]]>([
    ['a type', { types: ['user.updated.v1'] }, [0, 1, 2]],
    ['a pattern', { types: ['group.#', 'tenant.*.v1'] }, [3, 4]],
    ['nothing that is selected', { types: ['user.*'] }, []],
    ['since', { since: '2026-01-01T00:01:00.000Z' }, [1, 2]],
    ['until', { until: '2026-01-01T00:01:00Z' }, [0, 3, 4]],
  ])('selects by %s', async (_, selection, expected) => {
    const events = [
      ...(await told(3)),
      ...(await told(1, 'group.created.v1')),
      ...(await told(1, 'tenant.created.v1')),
    ];
    const plan = await replay.plan({ tenantId: tenant, ...selection });
    expect(plan.types.reduce((sum, { count }) => sum + count, 0)).toBe(expected.length);
    expect(heard).toEqual([]);
    expect(await all({ tenantId: tenant, ...selection })).toBe(expected.length);
    await eventually(() => expect(heard).toHaveLength(expected.length));
    expect(contents()).toEqual(expected.map((index) => JSON.stringify(events[index])));
  });

  it('leaves what the relay has not published yet to the relay', async () => {
    await told(1);
    await told(1, 'group.created.v1', false);
    expect((await replay.plan({ tenantId: tenant })).types).toEqual([{ type: 'user.updated.v1', count: 1 }]);
    expect(await all({ tenantId: tenant })).toBe(1);
  });

  it('ends where its plan ends, whatever is told meanwhile', async () => {
    await told(2);
    const plan = await replay.plan({ tenantId: tenant });
    await told(5);
    const progress = await replay.run({ tenantId: tenant, after: plan.first - 1, to: plan.last });
    expect(progress).toEqual({ published: 2, position: plan.last, done: true });
  });

  it('says how far it came when no queue takes an event', async () => {
    await told(2);
    const elsewhere = new Replay(dataSource, connection, 'amq.topic');
    const plan = await elsewhere.plan({ tenantId: tenant });
    const progress = await elsewhere.run({ tenantId: tenant, after: plan.first - 1, to: plan.last });
    expect(progress).toMatchObject({ published: 0, position: plan.first - 1, done: false });
    expect(progress.problem).toMatch(/no queue is bound/);
  });
});
