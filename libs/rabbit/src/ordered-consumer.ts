import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import { failpoint } from '#runtime/failpoint';
import { logger } from '#runtime/logger';
import type { RabbitConnection } from './connection.ts';
import { type OrderedSubscription, queueNames } from './topology.ts';

const BATCH = 200;
/** Least time between two batches that are not full, so that what comes in a stream is applied together. */
const PACE_MS = 15;
const BACKOFF_MS = { first: 100, most: 5_000 };

/** An event as it came from the broker, not yet trusted. */
export interface Delivery {
  content: Buffer;
  headers: Record<string, unknown>;
  /** routing key it was published with: the event's type */
  type: string;
  messageId: string | undefined;
}

/** Applies a batch, or throws: then it comes again whole, and what of it was applied must not be applied twice. */
export type ApplyBatch = (batch: Delivery[]) => Promise<unknown>;

/**
 * Reads the queues of an ordered subscription. Each queue is one lane: what is waiting is applied as one batch, in order,
 * and acknowledged together. A batch that fails is held and tried again with growing waits, never given back to the
 * broker, because a requeue would reorder it; the broker's prefetch bounds what is held.
 */
export class OrderedConsumer {
  private lanes: Lane[] = [];
  private readonly channels: { close(): Promise<void> }[] = [];

  constructor(
    private readonly connection: RabbitConnection,
    private readonly subscription: OrderedSubscription,
    private readonly apply: ApplyBatch,
  ) {}

  /** Every queue is listened to. */
  get isOpen(): boolean {
    return this.lanes.length === this.subscription.queues;
  }

  async open(): Promise<void> {
    for (const queue of queueNames(this.subscription)) {
      const opened = await this.connection.channel(async (channel) => {
        const lane = new Lane(channel, queue, this.apply);
        channel.on('close', () => {
          lane.lost();
          this.lanes = this.lanes.filter((other) => other !== lane);
        });
        await lane.start();
        this.lanes.push(lane);
      });
      this.channels.push(opened);
    }
  }

  /**
   * Finishes the batches under way and hands the lanes over. A lane goes with its channel and is not cancelled before: the
   * broker activates the next consumer of a queue as soon as one is cancelled, with what follows the batch that is still
   * being applied and what was taken and not begun.
   */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.finish()));
    await Promise.all(this.channels.map((channel) => channel.close()));
  }
}

class Lane {
  private waiting: ConsumeMessage[] = [];
  private working: Promise<void> | undefined;
  private open = true;
  private readonly ended = new AbortController();

  constructor(
    private readonly channel: Channel,
    private readonly queue: string,
    private readonly apply: ApplyBatch,
  ) {}

  async start() {
    // the next batch comes while one is applied
    await this.channel.prefetch(2 * BATCH);
    await this.channel.consume(this.queue, (message) => this.receive(message));
  }

  lost() {
    this.open = false;
    this.ended.abort();
    this.waiting = [];
  }

  /** Begins no further batch. @returns once the one under way is applied and acknowledged, or given up */
  async finish() {
    this.ended.abort();
    await this.working;
  }

  private receive(message: ConsumeMessage | null) {
    if (message === null) {
      void this.channel.close().catch(() => {});
      return;
    }
    if (this.ended.signal.aborted) return;
    this.waiting.push(message);
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  private async work() {
    // What the broker sends at once arrives over several turns of the event loop: let it gather.
    await new Promise(setImmediate);
    while (this.waiting.length > 0 && !this.ended.signal.aborted) {
      const began = performance.now();
      const batch = this.waiting.splice(0, BATCH);
      failpoint('batch.received');
      const applied = await this.applyUntilDone(batch);
      failpoint('batch.applied');
      const last = batch.at(-1);
      if (applied && last && this.open) this.channel.ack(last, true);
      failpoint('batch.acknowledged');
      if (batch.length < BATCH) await this.pause(PACE_MS - (performance.now() - began));
    }
  }

  /** Waits, but not beyond the lane's end. */
  private async pause(ms: number): Promise<void> {
    await delay(Math.max(ms, 0), undefined, { signal: this.ended.signal }).catch(() => {});
  }

  /** @returns false when the lane ended first: the broker will deliver the batch again */
  private async applyUntilDone(batch: ConsumeMessage[]): Promise<boolean> {
    const deliveries = batch.map(({ content, fields, properties }) => ({
      content,
      headers: properties.headers ?? {},
      type: fields.routingKey,
      messageId: properties.messageId as string | undefined,
    }));
    for (let wait = BACKOFF_MS.first; ; wait = Math.min(wait * 2, BACKOFF_MS.most)) {
      try {
        await this.apply(deliveries);
        return true;
      } catch (error) {
        if (this.ended.signal.aborted) return false;
        logger.warn({ err: error, queue: this.queue, events: batch.length, waitMs: wait }, 'events held, trying again');
        await this.pause(wait);
        if (this.ended.signal.aborted) return false;
      }
    }
  }
}
