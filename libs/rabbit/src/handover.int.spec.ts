import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { Answer } from './answer.ts';
import { RabbitClient } from './client.ts';
import { RabbitConnection } from './connection.ts';
import { type ApplyBatch, OrderedConsumer } from './ordered-consumer.ts';
import { EventPublisher } from './publisher.ts';
import { RabbitServer } from './server.ts';
import { BILLING_DIRECTORY_EVENTS, DIRECTORY_EVENTS, TENANT_HEADER } from './topology.ts';

const TENANT = newId();

let vhost: TestVhost;
let asker: RabbitConnection;
let publisher: EventPublisher;
const connections: RabbitConnection[] = [];

beforeAll(async () => {
  vhost = await createVhost();
});
afterAll(() => vhost.drop());

beforeEach(async () => {
  asker = connected('asker');
  publisher = new EventPublisher(asker, DIRECTORY_EVENTS);
  await publisher.open();
});
afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close();
});

describe('a replica that stops while it applies a batch', () => {
  it('finishes it, and the next replica goes on behind it: each event once and in order', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const applied: number[] = [];
    const first = await consumer(async (batch) => {
      await held;
      applied.push(...numbersIn(batch));
    });
    await publish(1, 20);
    // The second 20 are taken and wait behind the batch; the third come while the replica stops.
    await publish(21, 40);
    await consumer(async (batch) => applied.push(...numbersIn(batch)));
    const closed = first.close();
    await publish(41, 60);
    expect(applied).toEqual([]);
    release();
    await closed;
    await eventually(() => expect(applied).toHaveLength(60));
    expect(applied).toEqual(range(1, 60));
  });

  it('gives up a batch that fails, and the next replica begins with it', async () => {
    let failures = 0;
    const applied: number[] = [];
    const first = await consumer(async () => {
      failures++;
      throw new Error('the database is away');
    });
    await publish(1, 20);
    await eventually(() => expect(failures).toBeGreaterThan(1));
    await consumer(async (batch) => applied.push(...numbersIn(batch)));
    await first.close();
    await eventually(() => expect(applied).toEqual(range(1, 20)));
  });
});

describe('while the database is away', () => {
  it('the batch is held: nothing goes back to the broker, little is in memory, and nothing is lost', async () => {
    const back = performance.now() + 3_000;
    let attempts = 0;
    let most = 0;
    const applied: Parameters<ApplyBatch>[0] = [];
    await consumer(async (batch) => {
      attempts++;
      most = Math.max(most, batch.length);
      if (performance.now() < back) throw new Error('the database is away');
      applied.push(...batch);
    });
    await publish(1, 1_000);
    await eventually(() => expect(applied).toHaveLength(1_000));
    expect(numbersIn(applied)).toEqual(range(1, 1_000));
    expect(applied.filter(({ headers }) => headers['x-delivery-count'])).toEqual([]);
    expect(most).toBeLessThanOrEqual(200);
    expect(attempts).toBeLessThan(30);
  });
});

describe('a service that stops while it carries out commands', () => {
  it.each([
    ['one node', 1],
    ['several nodes', 2],
  ])(
    'answers all it had taken, and another replica the rest, on a broker of %s: each is carried out once',
    async (_, nodes) => {
      const queue = `spec.commands.${nodes}`;
      const carriedOut: number[] = [];
      const service = (name: string) =>
        serve(connected(name, nodes), queue, async (number) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          carriedOut.push(number);
        });
      const first = await service('first');
      await service('second');
      const client = new RabbitClient(asker, { queue, deadlineMs: 20_000, maxInFlight: 1_000 });
      const asked: Promise<Answer>[] = [];
      const ask = async (from: number, to: number) => {
        for (const number of range(from, to)) {
          asked.push(client.ask('note', { number }));
          if (number % 4 === 0) await new Promise(setImmediate);
        }
      };
      await client.connect();
      await ask(1, 200);
      const closed = first.server.close().then(() => first.connection.close());
      await ask(201, 400);
      await closed;
      const answers = await Promise.all(asked);
      expect(answers.map(({ content }) => Number(content.toString()))).toEqual(range(1, 400));
      expect(carriedOut.toSorted((a, b) => a - b)).toEqual(range(1, 400));
    },
  );
});

/** @param nodes how many the broker is said to have; all of them are the one there is */
function connected(name: string, nodes = 1): RabbitConnection {
  const connection = new RabbitConnection(Array.from({ length: nodes }, () => vhost.url).join(','), name);
  connections.push(connection);
  return connection;
}

async function consumer(apply: ApplyBatch): Promise<{ close(): Promise<void> }> {
  const connection = connected('consumer');
  const ordered = new OrderedConsumer(connection, BILLING_DIRECTORY_EVENTS, apply);
  await ordered.open();
  return ordered;
}

async function serve(connection: RabbitConnection, queue: string, carryOut: (number: number) => Promise<void>) {
  const server = new RabbitServer(connection, { commands: { queue, prefetch: 10 } });
  server.addHandler('note', async ({ number }: { number: number }) => {
    await carryOut(number);
    return new Answer(200, String(number)) as never;
  });
  await new Promise<void>((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
  return { server, connection };
}

async function publish(from: number, to: number): Promise<void> {
  const events = range(from, to).map((number) => ({
    id: newId(),
    type: 'spec.happened.v1',
    content: String(number),
    headers: { [TENANT_HEADER]: TENANT },
  }));
  expect((await publisher.publish(events)).filter(Boolean)).toEqual([]);
}

function numbersIn(batch: Parameters<ApplyBatch>[0]): number[] {
  return batch.map(({ content }) => Number(content));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
