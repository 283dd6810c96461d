import { setTimeout as delay } from 'node:timers/promises';
import type { EventPublisher, OutgoingEvent } from '#rabbit/publisher';
import { logger } from '#runtime/logger';
import { metrics } from '#runtime/metrics';

export interface RecorderOptions {
  /** records waiting in memory at most; beyond it the oldest are dropped */
  capacity: number;
  /** records on their way to the broker at once */
  batch: number;
  /** wait before a batch, so that what comes in a stream leaves together */
  paceMs: number;
  /** waits after a failure, growing */
  backoffMs: { first: number; most: number };
  /** least time between two warnings of dropped records */
  warnEveryMs: number;
}

const OPTIONS: RecorderOptions = {
  capacity: 10_000,
  batch: 200,
  paceMs: 25,
  backoffMs: { first: 200, most: 5_000 },
  warnEveryMs: 10_000,
};

/**
 * Sends records to the broker behind the scenes, confirmed. It never fails or slows whoever records: while the broker is
 * away or slow, records wait in a bounded buffer and the oldest are dropped and counted. A record may arrive twice, under
 * the same id, when its confirmation was lost.
 */
export class RequestRecorder {
  private waiting: OutgoingEvent[] = [];
  private sending = 0;
  private working: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private ended = false;
  private dropped = 0;
  private readonly droppedEver = metrics.counter(
    'rollcall_request_records_dropped_total',
    'Records of requests that the activity log will not have.',
  );
  private warnedAt = Number.NEGATIVE_INFINITY;
  private readonly options: RecorderOptions;

  constructor(
    private readonly publisher: Pick<EventPublisher, 'publish'>,
    options: Partial<RecorderOptions> = {},
  ) {
    this.options = { ...OPTIONS, ...options };
  }

  /** Records kept in memory, those on their way included. */
  get pending(): number {
    return this.waiting.length + this.sending;
  }

  record(event: OutgoingEvent): void {
    if (this.ended) return;
    this.waiting.push(event);
    this.trim();
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  /** Sends what is waiting, for at most `ms`; what is left then is lost, and counted in a warning. */
  async stop(ms: number): Promise<void> {
    this.stopping.abort();
    if (this.working) {
      const over = new AbortController();
      await Promise.race([this.working, delay(ms, undefined, { signal: over.signal }).catch(() => {})]);
      over.abort();
    }
    this.ended = true;
    this.drop(this.pending);
    this.warn(true);
  }

  private async work(): Promise<void> {
    const { batch, paceMs, backoffMs } = this.options;
    let wait = backoffMs.first;
    await this.pause(paceMs);
    while (this.waiting.length > 0 && !this.ended) {
      const events = this.waiting.splice(0, batch);
      const unsent = await this.send(events);
      if (unsent.length === 0) {
        wait = backoffMs.first;
        if (this.waiting.length < batch) await this.pause(paceMs);
        continue;
      }
      this.waiting = [...unsent, ...this.waiting];
      this.trim();
      await (this.stopping.signal.aborted ? delay(backoffMs.first) : this.pause(wait));
      wait = Math.min(wait * 2, backoffMs.most);
    }
    this.warn(false);
  }

  /** @returns what the broker did not take */
  private async send(events: OutgoingEvent[]): Promise<OutgoingEvent[]> {
    this.sending = events.length;
    try {
      const outcomes = await this.publisher.publish(events);
      return events.filter((_, index) => outcomes[index] !== undefined);
    } catch {
      return events;
    } finally {
      this.sending = 0;
    }
  }

  private trim(): void {
    const excess = this.pending - this.options.capacity;
    if (excess <= 0) return;
    this.drop(this.waiting.splice(0, excess).length);
    this.warn(false);
  }

  private drop(records: number): void {
    this.dropped += records;
    this.droppedEver.add(records);
  }

  private warn(now: boolean): void {
    if (this.dropped === 0) return;
    const at = performance.now();
    if (!now && at - this.warnedAt < this.options.warnEveryMs) return;
    logger.warn({ dropped: this.dropped }, 'records of requests were dropped: the broker is away or too slow');
    this.warnedAt = at;
    this.dropped = 0;
  }

  /** Waits, but not once it is to stop. */
  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
