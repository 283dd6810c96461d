import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { RabbitConnection } from './connection.ts';
import { type ApplyBatch, type Delivery, OrderedConsumer } from './ordered-consumer.ts';
import { EventPublisher } from './publisher.ts';
import { BILLING_DIRECTORY_EVENTS, DIRECTORY_EVENTS, TENANT_HEADER } from './topology.ts';

let vhost: TestVhost;
let connection: RabbitConnection;
let consumerConnection: RabbitConnection;
let publisher: EventPublisher;

beforeAll(async () => {
  vhost = await createVhost();
  connection = new RabbitConnection(vhost.url, 'ordered-consumer-spec');
  publisher = new EventPublisher(connection, DIRECTORY_EVENTS);
  await publisher.open();
});
afterAll(async () => {
  await connection.close();
  await vhost.drop();
});

beforeEach(() => {
  consumerConnection = new RabbitConnection(vhost.url, 'ordered-consumer-spec-consumer');
});
afterEach(() => consumerConnection.close());

describe('an ordered subscription', () => {
  it('gives every tenant its events in order, in batches', async () => {
    const tenants = Array.from({ length: 5 }, newId);
    const applied: Delivery[] = [];
    await publish(tenants, 300);
    const batches = await consume((batch) => applied.push(...batch));
    await eventually(() => expect(applied).toHaveLength(1_500));
    for (const tenant of tenants) expect(numbersOf(applied, tenant)).toEqual(range(300));
    expect(batches()).toBeLessThan(200);
  });

  it('holds a batch that fails and applies it again, in order, before what follows', async () => {
    const tenant = newId();
    const applied: Delivery[] = [];
    let failures = 3;
    await consume((batch) => {
      if (failures-- > 0) throw new Error('the database is away');
      applied.push(...batch);
    });
    await publish([tenant], 50);
    await eventually(() => expect(numbersOf(applied, tenant)).toEqual(range(50)));
  });

  it('has what was not acknowledged delivered to the next consumer, in order', async () => {
    const tenant = newId();
    let stuck = 0;
    await consume(() => {
      stuck++;
      return new Promise(() => {});
    });
    await publish([tenant], 40);
    await eventually(() => expect(stuck).toBeGreaterThan(0));

    const next = new RabbitConnection(vhost.url, 'next');
    const applied: Delivery[] = [];
    await new OrderedConsumer(next, BILLING_DIRECTORY_EVENTS, async (batch) => applied.push(...batch)).open();
    await consumerConnection.close();
    await eventually(() => expect(numbersOf(applied, tenant)).toEqual(range(40)));
    await next.close();
  });
});

async function consume(apply: (batch: Delivery[]) => unknown): Promise<() => number> {
  let batches = 0;
  const counting: ApplyBatch = async (batch) => {
    batches++;
    await apply(batch);
  };
  await new OrderedConsumer(consumerConnection, BILLING_DIRECTORY_EVENTS, counting).open();
  return () => batches;
}

async function publish(tenants: string[], each: number): Promise<void> {
  const events = range(each).flatMap((number) =>
    tenants.map((tenant) => ({
      id: newId(),
      type: 'spec.happened.v1',
      content: String(number),
      headers: { [TENANT_HEADER]: tenant },
    })),
  );
  expect((await publisher.publish(events)).filter(Boolean)).toEqual([]);
}

function numbersOf(deliveries: Delivery[], tenant: string): number[] {
  return deliveries.filter(({ headers }) => headers[TENANT_HEADER] === tenant).map(({ content }) => Number(content));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
