import { connect } from 'amqplib';
import { DataSource } from 'typeorm';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { newId } from '#runtime/ids';
import { createDatabase } from '../../../test/harness/database.ts';
import { partitionOutbox } from '../src/partitioned-schema.ts';
import { OUTBOX_TABLES } from '../src/schema.ts';

/** A database with nothing but an outbox. */
export async function createOutbox() {
  const database = await createDatabase();
  const open = (url = database.url) =>
    new DataSource({ type: 'postgres', url, poolSize: 6, logging: false }).initialize();
  const dataSource = await open();
  await dataSource.query(OUTBOX_TABLES);
  await dataSource.query(partitionOutbox(new Date()));
  return {
    url: database.url,
    dataSource,
    open,
    /** Events that are not marked as published, of one tenant or all. */
    async waiting(tenantId?: string): Promise<string[]> {
      const rows: { id: string }[] = await dataSource.query(
        'SELECT id FROM outbox WHERE published_at IS NULL AND ($1::uuid IS NULL OR tenant_id = $1) ORDER BY position',
        [tenantId ?? null],
      );
      return rows.map(({ id }) => id);
    },
    async drop() {
      await dataSource.destroy();
      await database.drop();
    },
  };
}

export type Outbox = Awaited<ReturnType<typeof createOutbox>>;

/** A tenant of this outbox partition. */
export function tenantOf(partition: number): string {
  return newId().slice(0, -2) + partition.toString(16).padStart(2, '0');
}

/** An event of a tenant; of a subject of its own unless told. */
export function told(
  tenantId: string,
  { version = 1, type = 'tenant.created.v1', subject = newId() } = {},
): CloudEvent {
  return cloudEvent({
    source: 'rollcall/directory',
    type,
    tenantId,
    subject: `users/${subject}`,
    version,
    time: new Date(),
    cause: { commandId: newId(), requestId: 'spec', actor: 'operator' },
    data: { name: `number ${version}` },
  });
}

/** Events of as many subjects. */
export function manyTold(tenantId: string, count: number): CloudEvent[] {
  return Array.from({ length: count }, () => told(tenantId));
}

/** Events of one subject, in the order of their versions. */
export function numbered(tenantId: string, count: number, type?: string): CloudEvent[] {
  const subject = newId();
  return Array.from({ length: count }, (_, index) =>
    told(tenantId, { version: index + 1, subject, ...(type && { type }) }),
  );
}

export function ids(events: CloudEvent[]): string[] {
  return events.map((event) => event.id);
}

/** The ids of a tenant's events in the order in which each was heard first. */
export function firstHeard(heard: CloudEvent[], tenantId: string): string[] {
  return [...new Set(ids(heard.filter((event) => event.tenantid === tenantId)))];
}

/** Listens to an exchange by a queue of its own, quorum as in production. */
export async function hear(url: string, exchange: string, listener: (event: CloudEvent) => void, key = '#') {
  const client = await connect(url);
  client.on('error', () => {});
  const channel = await client.createChannel();
  await channel.assertExchange(exchange, 'topic', { durable: true });
  const queue = `spec.${newId()}`;
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(queue, exchange, key);
  await channel.consume(queue, (message) => message && listener(JSON.parse(message.content.toString())), {
    noAck: true,
  });
  return {
    bind: (more: string) => channel.bindQueue(queue, exchange, more),
    async stop() {
      await channel.deleteQueue(queue);
      await client.close();
    },
  };
}
