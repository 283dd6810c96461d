import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { RabbitConnection } from './connection.ts';
import {
  BILLING_COMMANDS,
  BILLING_DIRECTORY_EVENTS,
  declareCommandQueue,
  declareTopology,
  EXCHANGES,
  queueNames,
  TENANT_HEADER,
} from './topology.ts';

interface Declared {
  call: 'assertQueue' | 'assertExchange' | 'bindQueue' | 'bindExchange';
  args: unknown[];
}

const CALLS = ['assertQueue', 'assertExchange', 'bindQueue', 'bindExchange'] as const;
const declared = await declarations();

let vhost: TestVhost;
let broker: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  vhost = await createVhost();
  broker = await connect(vhost.url);
  channel = await broker.createConfirmChannel();
});
afterAll(async () => {
  await broker.close();
  await vhost.drop();
});

describe('a process refuses to start, saying why, on a broker that has', () => {
  it.each([...otherQueues()])('the queue %s with another %s', async (queue, _, other) => {
    await channel.deleteQueue(queue);
    await channel.assertQueue(queue, { durable: true, arguments: other });
    await expect(start()).rejects.toThrow(new RegExp(`queue ${queue} otherwise.*PRECONDITION_FAILED`));
    await channel.deleteQueue(queue);
  });

  it.each([...otherExchanges()])('the exchange %s of type %s', async (exchange, type) => {
    await channel.deleteExchange(exchange);
    await channel.assertExchange(exchange, type, { durable: true });
    await expect(start()).rejects.toThrow(new RegExp(`exchange ${exchange} otherwise.*PRECONDITION_FAILED`));
    await channel.deleteExchange(exchange);
  });

  it('nothing yet, or all of it: both are what it needs', async () => {
    await expect(start()).resolves.toBeUndefined();
    await expect(start()).resolves.toBeUndefined();
  });
});

describe('an event that is delivered again and again', () => {
  it('has a queue to go to that is bound before any event can come', () => {
    const at = (call: string, name: string) =>
      declared.findIndex(({ call: made, args }) => made === call && args[0] === name);
    const dead = `${BILLING_DIRECTORY_EVENTS.name}.dead`;
    for (const queue of queueNames(BILLING_DIRECTORY_EVENTS)) {
      expect(at('bindQueue', dead)).toBeGreaterThan(-1);
      expect(at('bindQueue', dead)).toBeLessThan(at('assertQueue', queue));
    }
  });

  it('goes there after a thousand times, and those behind it are delivered', async () => {
    await start();
    const [queue = ''] = queueNames(BILLING_DIRECTORY_EVENTS);
    const dead = `${BILLING_DIRECTORY_EVENTS.name}.dead`;
    for (const content of ['poison', 'good']) {
      channel.sendToQueue(queue, Buffer.from(content), { persistent: true, headers: { [TENANT_HEADER]: 't' } });
    }
    await channel.waitForConfirms();
    const taken: string[] = [];
    let deliveries = 0;
    await channel.prefetch(1);
    await channel.consume(queue, (message) => {
      if (!message) return;
      if (message.content.toString() === 'poison') {
        deliveries++;
        channel.nack(message, false, true);
      } else {
        taken.push(message.content.toString());
        channel.ack(message);
      }
    });
    await eventually(() => expect(taken).toEqual(['good']), 60_000);
    await eventually(async () => expect((await channel.checkQueue(dead)).messageCount).toBe(1));
    expect(deliveries).toBeGreaterThanOrEqual(1_000);
    expect(await channel.get(dead, { noAck: true })).toMatchObject({ content: Buffer.from('poison') });
  });
});

/** Starts as a service does that takes commands. */
async function start(): Promise<void> {
  const connection = new RabbitConnection(vhost.url, 'spec');
  try {
    await connection.channel((opened) => declareCommandQueue(opened, BILLING_COMMANDS));
  } finally {
    await connection.close();
  }
}

/** What the code declares, in order, asked of the code itself: a declaration added later is tested as well. */
async function declarations(): Promise<Declared[]> {
  const made: Declared[] = [];
  const record = (call: Declared['call']) => [call, async (...args: unknown[]) => made.push({ call, args })] as const;
  const recorder = Object.fromEntries(CALLS.map(record)) as unknown as Channel;
  await declareTopology(recorder, EXCHANGES);
  await declareCommandQueue(recorder, BILLING_COMMANDS);
  return made;
}

/** Every queue, with each of its arguments left out, and of another type. */
function* otherQueues(): Generator<[queue: string, argument: string, other: object]> {
  for (const [queue, options] of of('assertQueue')) {
    const own = (options as { arguments: Record<string, unknown> }).arguments;
    const isClassic = own['x-queue-type'] === 'classic';
    yield [queue, 'type', { 'x-queue-type': isClassic ? 'quorum' : 'classic' }];
    for (const argument of Object.keys(own).filter((each) => each !== 'x-queue-type')) {
      const { [argument]: _, ...others } = own;
      yield [queue, argument, others];
    }
  }
}

function* otherExchanges(): Generator<[exchange: string, type: string]> {
  for (const [exchange, type] of of('assertExchange')) yield [exchange, type === 'fanout' ? 'topic' : 'fanout'];
}

function of(call: Declared['call']): [string, ...unknown[]][] {
  return declared.filter((each) => each.call === call).map(({ args }) => args as [string, ...unknown[]]);
}
