import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { declareOrdered, type OrderedSubscription, queueNames, TENANT_HEADER } from './topology.ts';

const EXCHANGE = 'spec.records';

let vhost: TestVhost;
let connection: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  vhost = await createVhost();
  connection = await connect(vhost.url);
  channel = await connection.createConfirmChannel();
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
});
afterAll(async () => {
  await connection.close();
  await vhost.drop();
});

/** Publishes numbered texts, confirmed, to a subscription that nobody takes from. @returns what waits in its queue then */
async function fill(newest: OrderedSubscription['newest'] & object, count: number, size = 1): Promise<number[]> {
  const subscription = { name: `spec.${newId()}`, exchange: EXCHANGE, keys: ['#'], queues: 1, newest };
  await declareOrdered(channel, subscription);
  for (let number = 1; number <= count; number++) {
    const content = Buffer.from(String(number).padStart(size));
    channel.publish(EXCHANGE, 'x', content, { persistent: true, mandatory: true, headers: { [TENANT_HEADER]: 't' } });
  }
  await channel.waitForConfirms();
  const [queue = ''] = queueNames(subscription);
  const expected = Math.min(newest.messages, Math.floor(newest.bytes / size));
  await eventually(async () => expect((await channel.checkQueue(queue)).messageCount).toBe(expected));
  const left: number[] = [];
  await channel.consume(queue, (message) => message && left.push(Number(message.content.toString())), { noAck: true });
  await eventually(() => expect(left).toHaveLength(expected));
  await channel.deleteQueue(queue);
  return left;
}

describe('a subscription of the newest', () => {
  it('takes everything that is published and keeps so many, the newest, in order', async () => {
    expect(await fill({ messages: 10, bytes: 1e6 }, 35)).toEqual([26, 27, 28, 29, 30, 31, 32, 33, 34, 35]);
  });

  it('keeps so many bytes', async () => {
    expect(await fill({ messages: 1_000, bytes: 50_000 }, 12, 10_000)).toEqual([8, 9, 10, 11, 12]);
  });
});
