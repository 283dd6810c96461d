import type { Notification, PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { Unavailable } from '#rabbit/answer';
import type { RabbitConnection } from '#rabbit/connection';
import { EventPublisher } from '#rabbit/publisher';
import { TENANT_HEADER } from '#rabbit/topology';
import { failpoint } from '#runtime/failpoint';
import { logger } from '#runtime/logger';
import { type Flight, Lane, type Stop } from './lane.ts';
import { Shares } from './shares.ts';
import { markPublished, readFirst, readWaiting, type WaitingRow } from './waiting.ts';

/** Events that may be on their way at once; a look adds some hundreds when there is room for them. */
const WINDOW = 1_000;
const ROOM = 500;
/** Marks that do not wait for more. */
const MARK_AT = 250;
const POLL_MS = 250;
/** Least time between two looks, and between two marks, while events keep coming, so that they go together. The first after a pause does not wait. */
const PACE_MS = 15;
/** How often relays look who is there; also the sign of life that {@link SESSION_SETTINGS} ask for. */
const SETTLE_MS = 500;
/** What is on its way when the process stops has so long to be answered; then another relay sends it again. */
const STOP_MS = 5_000;
const BACKOFF_MS = { first: 100, most: 5_000 };

/** What relays of one database tell each other. */
const CHANNEL = 'rollcall_outbox';
type Note = 'events' | 'shares';

/**
 * The session holds the advisory locks, so it must end soon after its process does, whatever is left of it: a process that
 * is frozen or cut off says nothing for three seconds, and what Postgres sent it is not taken either.
 * A mark that a crash of Postgres takes back means that the event is published again, and consumers know it.
 */
const SESSION_SETTINGS = `
SET idle_session_timeout = '3s';
SET tcp_user_timeout = '3s';
SET synchronous_commit = off;
LISTEN ${CHANNEL};`;

/**
 * Where events leave the database: reads what is committed and not yet published, publishes it confirmed, marks it.
 *
 * It looks for rows that are not marked, never past a remembered position, so a transaction that commits late is not
 * skipped; and a position is taken while the aggregate's lock is held, so one aggregate's events are in commit order
 * (docs/adr/0002). A partition is relayed by one process at a time, the holder of its advisory lock; the relays of a
 * database share the partitions (docs/adr/0006).
 */
export class Relay {
  private readonly publisher: EventPublisher;
  private readonly subscriber = { afterTransactionCommit: () => this.wake() };
  private readonly lanes = new Map<number, Lane>();
  private running: Promise<void> | undefined;
  private stopped = false;
  /** there may be something to read */
  private woken = true;
  /** a commit of this process that the other relays have not heard of */
  private untold = false;
  private unsettled = true;
  private turn = 0;
  private nudge: () => void = () => {};

  constructor(
    private readonly dataSource: DataSource,
    connection: RabbitConnection,
    private readonly exchange: string,
  ) {
    this.publisher = new EventPublisher(connection, exchange, () => {
      this.woken = true;
      this.heard('shares');
    });
  }

  async start(): Promise<void> {
    await this.publisher.open();
    this.dataSource.subscribers.push(this.subscriber);
    relays.set(this.dataSource, this);
    this.running = this.run();
  }

  /** A partition that stands still is not counted: the others go on, and a restart would not help it. */
  get isReady(): boolean {
    return this.publisher.isOpen;
  }

  /** The partitions that this process relays now, ascending. */
  get partitions(): number[] {
    return [...this.lanes.keys()].sort((a, b) => a - b);
  }

  /** There may be something to publish: called after each commit of this process, which tells the other relays; a slow poll is behind it. */
  wake(): void {
    this.untold = true;
    this.heard('events');
  }

  /** Publishes what is under way and hands its partitions over. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.nudge();
    await this.running;
    const { subscribers } = this.dataSource;
    const at = subscribers.indexOf(this.subscriber);
    if (at >= 0) subscribers.splice(at, 1);
  }

  private heard(note: Note): void {
    if (note === 'events') this.woken = true;
    else this.unsettled = true;
    this.nudge();
  }

  private async run(): Promise<void> {
    for (let wait = BACKOFF_MS.first; !this.stopped; wait = Math.min(wait * 2, BACKOFF_MS.most)) {
      const session = this.dataSource.createQueryRunner();
      const began = performance.now();
      try {
        await this.relay(session);
      } catch (error) {
        if (performance.now() - began > BACKOFF_MS.most) wait = BACKOFF_MS.first;
        logger.error({ err: error, waitMs: wait }, 'events wait in the outbox: the relay lost its database session');
        await this.rest(this.stopped ? 0 : wait);
      } finally {
        this.lanes.clear();
        const reset = 'UNLISTEN *; RESET ALL; SELECT pg_advisory_unlock_all()';
        if (!session.isReleased) await session.query(reset).catch(() => {});
        await session.release().catch(() => {});
      }
    }
  }

  /** Relays on one session until told to stop. @throws when the session is lost, and with it every partition */
  private async relay(session: QueryRunner): Promise<void> {
    const client = (await session.connect()) as PoolClient & { processID: number };
    const listener = ({ payload, processId }: Notification) => {
      if (processId !== client.processID) this.heard(payload as Note);
    };
    client.on('notification', listener);
    try {
      await session.query(SESSION_SETTINGS);
      const shares = new Shares(session);
      let stopBy = Number.POSITIVE_INFINITY;
      for (const done = { settle: -SETTLE_MS, look: -POLL_MS, mark: -PACE_MS, tell: -PACE_MS }; ; ) {
        if (this.unsettled || performance.now() - done.settle >= SETTLE_MS) {
          this.unsettled = false;
          done.settle = performance.now();
          await this.settle(session, shares);
        }
        if (this.confirmed() >= MARK_AT || (this.confirmed() > 0 && performance.now() - done.mark >= PACE_MS)) {
          done.mark = performance.now();
          await this.mark(session);
        }
        if (this.untold && performance.now() - done.tell >= PACE_MS) {
          done.tell = performance.now();
          this.untold = false;
          if (shares.others > 0) await this.tell(session, 'events');
        }
        await this.letGo(session, shares);
        if (this.stopped) {
          if (stopBy === Number.POSITIVE_INFINITY) {
            stopBy = performance.now() + STOP_MS;
            this.unsettled = true;
            continue;
          }
          if (this.lanes.size === 0 || performance.now() > stopBy) return;
        } else if (this.lookAt(done.look) <= performance.now()) {
          done.look = performance.now();
          await this.look(session);
        }
        const marks = this.confirmed() > 0 ? done.mark + PACE_MS : Number.POSITIVE_INFINITY;
        const tell = this.untold ? done.tell + PACE_MS : Number.POSITIVE_INFINITY;
        const next = Math.min(done.settle + SETTLE_MS, this.lookAt(done.look), marks, tell, stopBy);
        await this.rest(next - performance.now());
      }
    } finally {
      client.off('notification', listener);
    }
  }

  /** Takes or gives up partitions until this relay has its share. One that has no broker or stops has none. */
  private async settle(session: QueryRunner, shares: Shares): Promise<void> {
    if (this.isReady && !this.stopped) await shares.join();
    else await shares.leave();
    const before = shares.others;
    const quota = await shares.quota();
    const kept = [...this.lanes.values()].slice(0, quota);
    for (const lane of this.lanes.values()) lane.leaving = !kept.includes(lane);
    const claimed = await shares.claim(new Set(this.lanes.keys()), quota - kept.length);
    for (const partition of claimed) this.lanes.set(partition, new Lane(partition));
    if (claimed.length > 0) this.woken = true;
    if (claimed.length > 0 || shares.others !== before) await this.tell(session, 'shares');
  }

  /** Unlocks the partitions that are given up, once nothing of theirs is on its way. */
  private async letGo(session: QueryRunner, shares: Shares): Promise<void> {
    const free = [...this.lanes.values()].filter((lane) => lane.leaving && lane.isEmpty);
    if (free.length === 0) return;
    const partitions = free.map(({ partition }) => partition);
    for (const partition of partitions) this.lanes.delete(partition);
    await shares.release(partitions);
    await this.tell(session, 'shares');
  }

  /** When to look next, in the terms of `performance.now()`. */
  private lookAt(looked: number): number {
    if (!this.isReady || this.lanes.size === 0 || this.underWay() > WINDOW - ROOM) return Number.POSITIVE_INFINITY;
    if (this.woken) return looked + PACE_MS;
    const retries = [...this.lanes.values()].filter(({ isProbing }) => isProbing).map(({ readyAt }) => readyAt);
    return Math.min(looked + POLL_MS, ...retries);
  }

  private async look(session: QueryRunner): Promise<void> {
    // What is full is read on when there is room.
    this.woken = [...this.lanes.values()].some(({ isFull }) => isFull);
    const ready = [...this.lanes.values()].filter(({ readyAt }) => readyAt <= performance.now());
    const asRead = new Map(ready.map((lane) => [lane.partition, { lane, epoch: lane.epoch }]));
    const probing = ready.filter(({ isProbing }) => isProbing).map(({ partition }) => partition);
    const flowing = ready.filter(({ isProbing }) => !isProbing).map(({ partition }) => partition);
    if (probing.length > 0) this.send(await readFirst(session.manager, probing), asRead);
    if (flowing.length === 0) return;
    // Which partition is first goes round, so that none has all the room.
    const first = this.turn++ % flowing.length;
    const inTurn = [...flowing.slice(first), ...flowing.slice(0, first)];
    const underWay = [...this.lanes.values()].flatMap((lane) => lane.idsUnderWay());
    const { rows, full } = await readWaiting(session.manager, inTurn, underWay);
    this.send(rows, asRead);
    if (full) this.woken = true;
  }

  /** Sends what was read, unless its partition gave up in the meantime what goes before it. */
  private send(rows: WaitingRow[], asRead: ReadonlyMap<number, { lane: Lane; epoch: number }>): void {
    if (rows.length > 0) failpoint('relay.read');
    for (const row of rows) {
      const { lane, epoch } = asRead.get(row.partition) ?? {};
      if (!lane || lane.epoch !== epoch) continue;
      this.publish(lane, lane.add(row));
    }
  }

  private publish(lane: Lane, flights: Flight[]): void {
    for (const flight of flights) {
      const { id, type, event: content, tenant_id } = flight.row;
      this.publisher.send({ id, type, content, headers: { [TENANT_HEADER]: tenant_id } }, (failure) => {
        const wasProbing = lane.isProbing;
        const { next, stop } = lane.answered(flight, failure, failure instanceof Unavailable, performance.now());
        if (stop) this.report(lane, stop);
        if (wasProbing && !lane.isProbing) this.woken = true;
        this.publish(lane, next);
        this.nudge();
      });
    }
  }

  private report({ partition }: Lane, { row: { id, type }, failure, waitMs }: Stop): void {
    const { exchange } = this;
    logger.error(
      { eventId: id, type, exchange, partition, reason: failure.message, waitMs },
      'an event could not be published: its partition of the outbox waits for it, the others go on',
    );
  }

  private underWay(): number {
    return [...this.lanes.values()].reduce((sum, lane) => sum + lane.underWay, 0);
  }

  private confirmed(): number {
    return [...this.lanes.values()].reduce((sum, lane) => sum + lane.confirmed, 0);
  }

  private async mark(session: QueryRunner): Promise<void> {
    failpoint('relay.published');
    const confirmed = [...this.lanes.values()].map((lane) => ({ lane, rows: lane.confirmedRows() }));
    await markPublished(
      session.manager,
      confirmed.flatMap(({ rows }) => rows),
    );
    for (const { lane, rows } of confirmed) lane.marked(rows.length);
    failpoint('relay.marked');
  }

  private async tell(session: QueryRunner, note: Note): Promise<void> {
    await session.query('SELECT pg_notify($1, $2)', [CHANNEL, note]);
  }

  /** Rests for so long, or until it is nudged. */
  private async rest(ms: number): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, BACKOFF_MS.most));
      this.nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.nudge = () => {};
  }
}

/** The relay of each database that this process relays. */
const relays = new WeakMap<DataSource, Relay>();

/** Tells the database's relay of a commit that was a statement of its own, outside any transaction of TypeORM's. */
export function wakeRelay(dataSource: DataSource): void {
  relays.get(dataSource)?.wake();
}
