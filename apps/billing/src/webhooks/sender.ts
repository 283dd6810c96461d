import type { DataSource } from 'typeorm';
import type { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { metrics } from '#runtime/metrics';
import { PATIENCE_MS, waitAfter } from './backoff.ts';
import { Line, type Outcome } from './post.ts';
import { type Seal, Unsealable } from './seal.ts';
import { signedHeaders } from './signature.ts';
import { TargetRefused, type TargetRules } from './target.ts';
import {
  type Claimed,
  claim,
  markDelivered,
  markFailed,
  type Pending,
  readPending,
  release,
  settle,
} from './webhook-rows.ts';

/** Endpoints served at once, and those among them whose last attempt failed: they may take all their time and hold up no other. */
const SLOTS = { all: 32, failing: 8 };
/** Events of one turn of an endpoint, and how long it lasts. With the slots they bound what is held in memory. */
const TURN = { events: 50, ms: 20_000 };
const LOOK_MS = 500;
/** A receiver says with it that it wants no more (Standard Webhooks, "410 Gone"). */
const GONE = 410;

interface SenderOptions extends TargetRules {
  seal: Seal;
  /** how long an answer is waited for; 10 s if not given */
  patienceMs?: number;
}

/**
 * Sends the outbox's events to the tenants' webhook endpoints: in order for each, the next when the one before was taken,
 * at least once. An endpoint is served by one process at a time, which holds a claim in its row. One that fails is tried
 * again later and later, and disabled when it failed for three days.
 */
export class WebhookSender {
  private readonly serving = new Map<Promise<void>, { failing: boolean }>();
  private readonly sent = metrics.counter('rollcall_webhook_attempts_total', 'Webhook requests by outcome.', {
    labelled: true,
  });
  private readonly disabled = metrics.counter(
    'rollcall_webhook_endpoints_disabled_total',
    'Webhook endpoints this process disabled.',
  );
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly options: SenderOptions,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** Takes nothing more and waits for the requests under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.looking;
    await Promise.all(this.serving.keys());
  }

  /** One look, and the turns of all whom it found. */
  async round(): Promise<void> {
    await this.look();
    await Promise.all(this.serving.keys());
  }

  private look(): Promise<void> {
    this.looking ??= this.takeTurns()
      .catch((error) => logger.warn({ err: error }, 'webhooks could not be looked for'))
      .finally(() => {
        this.looking = undefined;
      });
    return this.looking;
  }

  private async takeTurns(): Promise<void> {
    const tx = this.dataSource.manager;
    await settle(tx);
    for (const failing of [false, true]) {
      const taken = [...this.serving.values()];
      const free = SLOTS.all - taken.length;
      const most = failing ? Math.min(free, SLOTS.failing - taken.filter((each) => each.failing).length) : free;
      if (this.stopping) return;
      const endpoints = await claim(tx, { claimId: newId(), now: this.clock.now(), most, failing });
      for (const endpoint of endpoints) this.serve(endpoint, failing);
    }
  }

  private serve(endpoint: Claimed, failing: boolean): void {
    const turn = this.turn(endpoint)
      .catch((error) => {
        logger.warn({ err: error, endpointId: endpoint.id }, 'a webhook endpoint could not be served');
        return false;
      })
      .then((more) => {
        this.serving.delete(turn);
        if (more && !this.stopping && this.timer) void this.look();
      });
    this.serving.set(turn, { failing });
  }

  /** @returns whether there may be more to send at once */
  private async turn(endpoint: Claimed): Promise<boolean> {
    const tx = this.dataSource.manager;
    let line: Line | undefined;
    try {
      const end = performance.now() + TURN.ms;
      // One event is enough to find out whether an endpoint answers again.
      const pending = await readPending(tx, endpoint, endpoint.attempts > 0 ? 1 : TURN.events);
      line = this.lineTo(endpoint);
      for (const event of pending) {
        if (this.stopping || performance.now() > end) return true;
        if (!(await this.deliver(endpoint, line, event))) return false;
      }
      return pending.length > 0;
    } finally {
      line?.close();
      await release(tx, endpoint);
    }
  }

  /** Without a line the target is refused now, whatever was said when it was registered. */
  private lineTo({ url }: Claimed): Line | undefined {
    try {
      return new Line(url, this.options, this.options.patienceMs);
    } catch (error) {
      if (error instanceof TargetRefused) return undefined;
      throw error;
    }
  }

  /** @returns whether to go on */
  private async deliver(endpoint: Claimed, line: Line | undefined, event: Pending): Promise<boolean> {
    const outcome = await this.post(endpoint, line, event);
    this.sent.add(1, { outcome: outcome.problem ? 'failed' : 'delivered' });
    if (outcome.problem) {
      await this.failed(endpoint, event, outcome.problem, outcome);
      return false;
    }
    return markDelivered(this.dataSource.manager, endpoint, event, this.clock.now());
  }

  private async post(
    { id, secret, previous }: Claimed,
    line: Line | undefined,
    { eventId, body }: Pending,
  ): Promise<Outcome> {
    if (!line) return { problem: 'the url is none that webhooks are sent to' };
    try {
      const { seal } = this.options;
      const before = previous && seal.opened(previous, id);
      const secrets = [seal.open(secret, id), ...(before ? [before] : [])];
      return await line.post(signedHeaders(secrets, { id: eventId, sentAt: this.clock.now(), body }), body);
    } catch (error) {
      if (error instanceof Unsealable) return { problem: error.message };
      throw error;
    }
  }

  private async failed(endpoint: Claimed, event: Pending, problem: string, { status }: Outcome): Promise<void> {
    const now = this.clock.now();
    const next = new Date(now.getTime() + waitAfter(endpoint.attempts + 1));
    const patienceMs = status === GONE ? 0 : PATIENCE_MS;
    const failure = await markFailed(this.dataSource.manager, endpoint, { now, next, problem, patienceMs });
    const { tenantId, id: endpointId } = endpoint;
    const told = { tenantId, endpointId, eventId: event.eventId, problem };
    if (!failure?.disabled) {
      logger.info({ ...told, next }, 'a webhook was not delivered, it is tried again');
      return;
    }
    this.disabled.add();
    logger.error(
      { ...told, failingSince: failure.since },
      'a webhook endpoint is disabled: enable it when it is mended',
    );
  }
}

/** Has the metrics tell of endpoints that get no events. */
export function measureWebhooks(dataSource: DataSource): void {
  const count = async (condition: string): Promise<number | undefined> => {
    const [row] = await dataSource.query(`SELECT count(*)::int AS count FROM webhook_endpoint WHERE ${condition}`);
    return row?.count;
  };
  metrics.gauge('rollcall_webhook_endpoints_disabled', 'Webhook endpoints that are disabled now.', () =>
    count('disabled_at IS NOT NULL'),
  );
  metrics.gauge('rollcall_webhook_endpoints_failing', 'Webhook endpoints whose last attempt failed.', () =>
    count('disabled_at IS NULL AND attempts > 0'),
  );
}
