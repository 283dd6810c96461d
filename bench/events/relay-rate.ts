import { DataSource } from 'typeorm';
import { append } from '#outbox/append';
import { Relay } from '#outbox/relay';
import { markPublished, readWaiting } from '#outbox/waiting';
import { migrate } from '#postgres/migrate';
import { RabbitConnection } from '#rabbit/connection';
import { EventPublisher } from '#rabbit/publisher';
import { DIRECTORY_EVENTS } from '#rabbit/topology';
import { newId } from '#runtime/ids';
import { directoryDatabase } from '../../apps/directory/src/database.ts';
import { createVhost } from '../../test/harness/broker.ts';
import { createDatabase } from '../../test/harness/database.ts';
import { median } from '../measure/percentile.ts';
import { messageOf, publishAll } from '../publish-all.ts';
import { userEvent } from '../user-event.ts';

/** How the events of a round are spread. */
export interface Spread {
  title: string;
  tenants: number;
  /** how many different things they tell of; each tenant's in turn */
  subjects: number;
}

export interface Rate {
  title: string;
  /** median over the rounds */
  perSecond: number;
  lowest: number;
  highest: number;
}

const BATCH = 1_000;
const PAUSE_MS = 10;
const ALL = Array.from({ length: 16 }, (_, partition) => partition);

/**
 * How fast one relay empties an outbox: read, published to the quorum queues of billing, confirmed, marked. Nobody reads the
 * queues. Rounds of the spreads go in turns; each starts with what waits.
 */
export async function relayRates(spreads: Spread[], events: number, rounds: number): Promise<Rate[]> {
  const [database, vhost] = await Promise.all([createDatabase(), createVhost()]);
  await migrate(directoryDatabase(database.url));
  const dataSource = await new DataSource(directoryDatabase(database.url, 4)).initialize();
  const connection = new RabbitConnection(vhost.url, 'bench');
  const speeds = new Map<string, number[]>();
  const add = (title: string, perSecond: number) => speeds.set(title, [...(speeds.get(title) ?? []), perSecond]);
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const spread of spreads) {
        await fill(dataSource, spread, events);
        const began = performance.now();
        const relay = new Relay(dataSource, connection, DIRECTORY_EVENTS);
        await relay.start();
        await untilEmpty(dataSource);
        add(spread.title, perSecond(events, began));
        await relay.stop();
      }
      const [first] = spreads;
      if (first) {
        await fill(dataSource, first, events);
        add('reading and marking alone, without a broker', await markAll(dataSource, events));
        add('publishing alone, without a database', await publishAlone(connection, first, events));
      }
    }
  } finally {
    await connection.close();
    await dataSource.destroy();
    await Promise.all([database.drop(), vhost.drop()]);
  }
  return [...speeds].map(([title, all]) => ({
    title,
    perSecond: median(all),
    lowest: Math.min(...all),
    highest: Math.max(...all),
  }));
}

async function fill(dataSource: DataSource, { tenants, subjects }: Spread, events: number): Promise<void> {
  const tenantIds = Array.from({ length: tenants }, newId);
  const subjectIds = Array.from({ length: subjects }, newId);
  for (let from = 0; from < events; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, events - from) }, (_, index) => {
      const n = from + index;
      return userEvent(tenantIds[n % tenants] ?? newId(), subjectIds[n % subjects] ?? newId());
    });
    await dataSource.transaction((tx) => append(tx, ...batch));
  }
  await dataSource.query('VACUUM ANALYZE outbox');
}

async function untilEmpty(dataSource: DataSource): Promise<void> {
  const one = 'SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1';
  while ((await dataSource.query<object[]>(one)).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function markAll(dataSource: DataSource, events: number): Promise<number> {
  const session = dataSource.createQueryRunner();
  const began = performance.now();
  await session.query('SET synchronous_commit = off');
  for (;;) {
    const { rows } = await readWaiting(session.manager, ALL, []);
    if (rows.length === 0) break;
    await markPublished(session.manager, rows);
  }
  const speed = perSecond(events, began);
  await session.query('RESET synchronous_commit');
  await session.release();
  return speed;
}

async function publishAlone(connection: RabbitConnection, { tenants }: Spread, events: number): Promise<number> {
  const publisher = new EventPublisher(connection, DIRECTORY_EVENTS);
  await publisher.open();
  const tenantIds = Array.from({ length: tenants }, newId);
  const messages = Array.from({ length: events }, (_, n) =>
    messageOf(userEvent(tenantIds[n % tenants] ?? newId(), newId())),
  );
  const began = performance.now();
  await publishAll(publisher, messages.values());
  return perSecond(events, began);
}

function perSecond(count: number, began: number): number {
  return count / ((performance.now() - began) / 1_000);
}
