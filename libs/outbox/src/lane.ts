import type { WaitingRow } from './waiting.ts';

const BACKOFF_MS = { first: 100, most: 5_000 };

/** An event on its way: sent, and neither marked nor given up. */
export interface Flight {
  readonly row: WaitingRow;
  state: 'sent' | 'taken' | 'failed';
  failure?: Error;
}

/**
 * One partition that this relay holds, and what of it is on its way. Events count as taken up to the first that failed and
 * no further: those behind it are sent again after it, in order. After a failure nothing goes out before the broker has
 * answered for all that did, and then one event alone until one is taken (docs/adr/0006).
 */
export class Lane {
  /** nothing more is read, and it is let go of when nothing is on its way */
  leaving = false;
  /** the broker did not take its last event: one goes alone */
  isProbing = false;
  /** rises when what was sent is given up: what was read before must not be sent after it */
  epoch = 0;
  private flights: Flight[] = [];
  private unanswered = 0;
  /** of the flights, how many from the oldest on were taken */
  private taken = 0;
  private failed = false;
  private retryAt = 0;
  private waitMs = 0;

  constructor(readonly partition: number) {}

  get isEmpty(): boolean {
    return this.flights.length === 0;
  }

  /** Events on their way. */
  get size(): number {
    return this.flights.length;
  }

  /** Those of them that may be marked: taken, from the oldest on, up to what failed or was not answered yet. */
  get confirmed(): number {
    return this.taken;
  }

  /** When it may send, in the terms of `performance.now()`; infinite while answers or marks have to come first. */
  get readyAt(): number {
    const mustWait = this.leaving || this.failed || (this.isProbing && !this.isEmpty);
    return mustWait ? Number.POSITIVE_INFINITY : this.retryAt;
  }

  idsUnderWay(): string[] {
    return this.flights.map(({ row }) => row.id);
  }

  sent(row: WaitingRow): Flight {
    const flight: Flight = { row, state: 'sent' };
    this.flights.push(flight);
    this.unanswered += 1;
    return flight;
  }

  /**
   * The broker has answered for an event, or never will.
   *
   * @param failure why it does not count as taken
   * @param isAway the failure is of the channel: there is nothing wrong with the event
   * @returns what the partition stands still for from now on, if it has just come to a stop
   */
  answered(flight: Flight, failure: Error | undefined, isAway: boolean, now: number): Stop | undefined {
    flight.state = failure ? 'failed' : 'taken';
    if (failure) flight.failure = failure;
    this.failed ||= failure !== undefined;
    this.unanswered -= 1;
    while (this.flights[this.taken]?.state === 'taken') this.taken += 1;
    if (this.unanswered > 0) return undefined;
    if (this.failed) return this.giveUp(isAway, now);
    this.isProbing = false;
    this.waitMs = 0;
    return undefined;
  }

  confirmedRows(): WaitingRow[] {
    return this.flights.slice(0, this.taken).map(({ row }) => row);
  }

  /** So many, from the oldest on, are marked. */
  marked(count: number): void {
    this.flights.splice(0, count);
    this.taken -= count;
  }

  private giveUp(isAway: boolean, now: number): Stop | undefined {
    const [head] = this.flights.splice(this.taken);
    this.failed = false;
    this.epoch += 1;
    if (isAway || !head?.failure) return undefined;
    this.isProbing = true;
    this.waitMs = Math.min(Math.max(this.waitMs * 2, BACKOFF_MS.first), BACKOFF_MS.most);
    this.retryAt = now + this.waitMs;
    return { row: head.row, failure: head.failure, waitMs: this.waitMs };
  }
}

/** Why a partition stands still, and for how long. */
export interface Stop {
  row: WaitingRow;
  failure: Error;
  waitMs: number;
}
