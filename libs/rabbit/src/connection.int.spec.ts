import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { RabbitConnection } from './connection.ts';
import { DIRECTORY_SCIM_REQUESTS, queueNames } from './topology.ts';

let vhost: TestVhost;
beforeAll(async () => {
  vhost = await createVhost();
});
afterAll(() => vhost.drop());

describe('a connection', () => {
  it('refuses a broker whose topology is another, saying where', async () => {
    const other = await connect(vhost.url);
    const channel = await other.createChannel();
    await channel.assertExchange('directory.events', 'fanout', { durable: true });

    const connection = new RabbitConnection(vhost.url, 'connection-spec');
    await expect(connection.channel(async () => {})).rejects.toThrow(/PRECONDITION_FAILED.*directory\.events/);
    await connection.close();

    await channel.deleteExchange('directory.events');
    await other.close();
  });

  it('says what to do about a queue that another version declared otherwise', async () => {
    const [queue = ''] = queueNames(DIRECTORY_SCIM_REQUESTS);
    const other = await connect(vhost.url);
    const channel = await other.createChannel();
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });

    const connection = new RabbitConnection(vhost.url, 'connection-spec');
    const opened = connection.channel(async () => {});
    await expect(opened).rejects.toThrow(/queue directory\.scim-requests\.0 .*npm run reset.*PRECONDITION_FAILED/);
    await connection.close();

    await channel.deleteQueue(queue);
    await other.close();
  });

  it('sets a channel up again after it was lost', async () => {
    const connection = new RabbitConnection(vhost.url, 'connection-spec');
    const opened: { close(): Promise<void> }[] = [];
    await connection.channel(async (channel) => {
      opened.push(channel);
    });
    await opened[0]?.close();
    await eventually(() => expect(opened).toHaveLength(2));
    await connection.close();
  });
});
