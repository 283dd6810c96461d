import type { WaitingRow } from './waiting.ts';

/** Of one partition so many are read ahead; what waits for an earlier event of its subject would fill the relay otherwise. */
const MOST = 250;
const BACKOFF_MS = { first: 100, most: 5_000 };

/** An event on its way: read, and neither marked nor given up. */
export interface Flight {
  readonly row: WaitingRow;
  state: 'held' | 'sent' | 'taken' | 'failed';
  failure?: Error;
}

/** Why a partition stands still, and for how long. */
export interface Stop {
  row: WaitingRow;
  failure: Error;
  waitMs: number;
}

/**
 * One partition that this relay holds, and what of it is on its way.
 *
 * A tenant's events go out in order without waiting for each other, but never two of one subject: one that the broker does
 * not take is not overtaken by the next version of the same thing. Events count as taken up to the first that failed and no
 * further: those behind it are sent again after it. After a failure nothing goes out before the broker has answered for all
 * that did, and then one event alone until one is taken (docs/adr/0006).
 */
export class Lane {
  /** nothing more is read, and it is let go of when nothing is on its way */
  leaving = false;
  /** the broker did not take its last event: one goes alone */
  isProbing = false;
  /** rises when what was read is given up: what was read before must not be sent after it */
  epoch = 0;
  private readonly flights: Flight[] = [];
  /** of the flights, how many from the oldest on were taken */
  private taken = 0;
  private unanswered = 0;
  private failed = false;
  private retryAt = 0;
  private waitMs = 0;
  /** what waits for an earlier event, by tenant and in order */
  private readonly held = new Map<string, Flight[]>();
  /** how many these are */
  private waiting = 0;
  private readonly busySubjects = new Set<string>();

  constructor(readonly partition: number) {}

  get isEmpty(): boolean {
    return this.flights.length === 0;
  }

  /** Events that were sent and are not marked. */
  get underWay(): number {
    return this.flights.length - this.waiting;
  }

  /** So much is read ahead that no more is read for now. */
  get isFull(): boolean {
    return this.flights.length >= MOST;
  }

  /** Those of them that may be marked: taken, from the oldest on, up to what failed or was not answered yet. */
  get confirmed(): number {
    return this.taken;
  }

  /** When more of it may be read, in the terms of `performance.now()`; infinite while answers or marks have to come first. */
  get readyAt(): number {
    const mustWait = this.leaving || this.failed || this.isFull || (this.isProbing && !this.isEmpty);
    return mustWait ? Number.POSITIVE_INFINITY : this.retryAt;
  }

  idsUnderWay(): string[] {
    return this.flights.map(({ row }) => row.id);
  }

  /** Takes over what was read. @returns what may be sent now, in order */
  add(row: WaitingRow): Flight[] {
    const flight: Flight = { row, state: 'held' };
    this.flights.push(flight);
    const queue = this.held.get(row.tenant_id) ?? [];
    queue.push(flight);
    this.waiting += 1;
    this.held.set(row.tenant_id, queue);
    return queue.length === 1 ? this.release(row.tenant_id) : [];
  }

  /**
   * The broker has answered for an event, or never will.
   *
   * @param failure why it does not count as taken
   * @param isAway the failure is of the channel: there is nothing wrong with the event
   * @returns what may be sent now; and what the partition stands still for, if it has just come to a stop
   */
  answered(flight: Flight, failure: Error | undefined, isAway: boolean, now: number): { next: Flight[]; stop?: Stop } {
    flight.state = failure ? 'failed' : 'taken';
    if (failure) flight.failure = failure;
    this.failed ||= failure !== undefined;
    this.unanswered -= 1;
    this.busySubjects.delete(subjectOf(flight));
    while (this.flights[this.taken]?.state === 'taken') this.taken += 1;
    if (this.failed) return this.unanswered > 0 ? { next: [] } : this.giveUp(isAway, now);
    this.isProbing = false;
    this.waitMs = 0;
    return { next: this.release(flight.row.tenant_id) };
  }

  confirmedRows(): WaitingRow[] {
    return this.flights.slice(0, this.taken).map(({ row }) => row);
  }

  /** So many, from the oldest on, are marked. */
  marked(count: number): void {
    this.flights.splice(0, count);
    this.taken -= count;
  }

  /** What of a tenant waits for nothing any more. */
  private release(tenantId: string): Flight[] {
    const queue = this.held.get(tenantId);
    if (!queue) return [];
    const waits = queue.findIndex((flight) => {
      const subject = subjectOf(flight);
      if (this.busySubjects.has(subject)) return true;
      this.busySubjects.add(subject);
      return false;
    });
    const free = queue.splice(0, waits < 0 ? queue.length : waits);
    if (queue.length === 0) this.held.delete(tenantId);
    for (const flight of free) flight.state = 'sent';
    this.waiting -= free.length;
    this.unanswered += free.length;
    return free;
  }

  private giveUp(isAway: boolean, now: number): { next: Flight[]; stop?: Stop } {
    const first = this.flights.find(({ state }) => state === 'failed');
    this.flights.splice(this.taken);
    this.held.clear();
    this.waiting = 0;
    this.failed = false;
    this.epoch += 1;
    if (isAway || !first?.failure) return { next: [] };
    this.isProbing = true;
    this.waitMs = Math.min(Math.max(this.waitMs * 2, BACKOFF_MS.first), BACKOFF_MS.most);
    this.retryAt = now + this.waitMs;
    return { next: [], stop: { row: first.row, failure: first.failure, waitMs: this.waitMs } };
  }
}

function subjectOf({ row }: Flight): string {
  return `${row.tenant_id} ${row.subject}`;
}
