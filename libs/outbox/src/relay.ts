import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';
import type { RabbitConnection } from '#rabbit/connection';
import { EventPublisher } from '#rabbit/publisher';
import { TENANT_HEADER } from '#rabbit/topology';
import { failpoint } from '#runtime/failpoint';
import { logger } from '#runtime/logger';
import { PARTITIONS } from './partition.ts';

const BATCH = 500;
const POLL_MS = 250;
/** Least time between two looks while events keep coming, so that they leave together. The first after a pause does not wait. */
const PACE_MS = 15;
const CLAIM_EVERY_MS = 2_000;
const BACKOFF_MS = { first: 100, most: 5_000 };

/** First key of the advisory locks that say who relays a partition. */
const LOCK_CLASS = 0x0b0c;

const WAITING: Prepared = {
  name: 'waiting_events',
  text: `
SELECT tenant_id, id, partition, type, event::text
FROM outbox
WHERE published_at IS NULL AND partition = ANY($1::smallint[])
ORDER BY position
LIMIT ${BATCH}`,
};

const MARK: Prepared = {
  name: 'mark_published',
  text: `
UPDATE outbox SET published_at = now()
FROM unnest($1::uuid[], $2::uuid[]) AS sent (tenant_id, id)
WHERE outbox.tenant_id = sent.tenant_id AND outbox.id = sent.id`,
};

interface WaitingRow {
  tenant_id: string;
  id: string;
  partition: number;
  type: string;
  event: string;
}

/**
 * Where events leave the database: reads what is committed and not yet published, publishes it confirmed, marks it.
 *
 * It looks for rows that are not marked, never past a remembered position, so a transaction that commits late is not
 * skipped; and a position is taken while the aggregate's lock is held, so one aggregate's events are in commit order
 * (docs/adr/0002). A partition is relayed by one process at a time, the holder of its advisory lock.
 */
export class Relay {
  private readonly publisher: EventPublisher;
  private running: Promise<void> | undefined;
  private stopped = false;
  private woken = false;
  private wakeUp: () => void = () => {};

  constructor(
    private readonly dataSource: DataSource,
    connection: RabbitConnection,
    exchange: string,
  ) {
    this.publisher = new EventPublisher(connection, exchange);
  }

  async start(): Promise<void> {
    await this.publisher.open();
    this.dataSource.subscribers.push({ afterTransactionCommit: () => this.wake() });
    relays.set(this.dataSource, this);
    this.running = this.run();
  }

  get isReady(): boolean {
    return this.publisher.isOpen;
  }

  /** There may be something to publish: called after each commit of this process; a slow poll finds the others'. */
  wake(): void {
    this.woken = true;
    this.wakeUp();
  }

  /** Publishes what is under way and lets go of its partitions. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp();
    await this.running;
  }

  private async run(): Promise<void> {
    for (let wait = BACKOFF_MS.first; !this.stopped; ) {
      const session = this.dataSource.createQueryRunner();
      try {
        await session.connect();
        // A mark that a crash of Postgres takes back means that the event is published again, and consumers know it.
        await session.query('SET synchronous_commit = off');
        await this.relay(session, () => {
          wait = BACKOFF_MS.first;
        });
      } catch (error) {
        logger.error({ err: error, waitMs: wait }, 'events wait in the outbox: they could not be published');
        await this.sleep(wait);
        wait = Math.min(wait * 2, BACKOFF_MS.most);
      } finally {
        await session.query('SELECT pg_advisory_unlock_all()').catch(() => {});
        await session.query('RESET synchronous_commit').catch(() => {});
        await session.release().catch(() => {});
      }
    }
  }

  private async relay(session: QueryRunner, progressed: () => void): Promise<void> {
    const held = new Set<number>();
    let claimedAt = Number.NEGATIVE_INFINITY;
    while (!this.stopped) {
      if (held.size < PARTITIONS && performance.now() - claimedAt > CLAIM_EVERY_MS) {
        await claim(session, held);
        claimedAt = performance.now();
      }
      this.woken = false;
      const began = performance.now();
      const rows = await run<WaitingRow>(session.manager, WAITING, [[...held]]);
      if (rows.length > 0) {
        failpoint('relay.read');
        await this.publish(session, rows);
        progressed();
      }
      if (rows.length === BATCH) continue;
      if (rows.length > 0) await delay(Math.max(PACE_MS - (performance.now() - began), 0));
      if (!this.woken) await this.sleep(POLL_MS);
    }
  }

  /** Marks what was confirmed up to the first failure of each partition; a partition that failed is tried again from there. */
  private async publish(session: QueryRunner, rows: WaitingRow[]): Promise<void> {
    const outcomes = await this.publisher.publish(
      rows.map((row) => ({
        id: row.id,
        type: row.type,
        content: row.event,
        headers: { [TENANT_HEADER]: row.tenant_id },
      })),
    );
    failpoint('relay.published');
    const failures = new Map<number, Error>();
    const sent = rows.filter((row, index) => {
      const failure = outcomes[index];
      if (failure && !failures.has(row.partition)) failures.set(row.partition, failure);
      return !failures.has(row.partition);
    });
    if (sent.length > 0)
      await run(session.manager, MARK, [sent.map((row) => row.tenant_id), sent.map((row) => row.id)]);
    failpoint('relay.marked');
    for (const failure of failures.values()) throw failure;
  }

  private async sleep(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = () => {};
  }
}

/** The relay of each database that this process relays. */
const relays = new WeakMap<DataSource, Relay>();

/** Tells the database's relay of a commit that was a statement of its own, outside any transaction of TypeORM's. */
export function wakeRelay(dataSource: DataSource): void {
  relays.get(dataSource)?.wake();
}

async function claim(session: QueryRunner, held: Set<number>): Promise<void> {
  const free = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
    (partition) => !held.has(partition),
  );
  const rows: { partition: number }[] = await session.query(
    'SELECT partition FROM unnest($1::int[]) AS partition WHERE pg_try_advisory_lock($2, partition)',
    [free, LOCK_CLASS],
  );
  for (const { partition } of rows) held.add(partition);
}
