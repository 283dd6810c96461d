import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type {
  AddWebhook,
  NameWebhook,
  NewWebhookEndpoint,
  RedeliverWebhook,
  RotateWebhook,
  WebhookEndpoint,
} from '#billing-api/webhooks';
import { Clock } from '#runtime/clock';
import { leastIdAt, newId, timeOfId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { Problem } from '../problem/problem.ts';
import { Seal } from './seal.ts';
import { newSecret } from './signature.ts';
import { addressesOf, hostOf, readTarget, TargetRefused, type TargetRules } from './target.ts';

/** How long the secret before signs too, if nothing else is asked for: time to give the receiver the new one. */
const OVERLAP_HOURS = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of one tenant. */
const MOST_ENDPOINTS = 20;

const NO_ENDPOINT = 'There is no webhook endpoint of this id, or not any more. List the endpoints.';

const COLUMNS = `id, url, description, created_at AS "createdAt", attempts, failing_since AS "failingSince",
  next_attempt_at AS "nextAttemptAt", last_problem AS "lastProblem", last_delivered_at AS "lastDeliveredAt",
  disabled_at AS "disabledAt", disabled_because AS "disabledBecause", previous_until AS "previousSecretUntil"`;

/** A row as the driver gives it: times are dates. */
interface Row {
  id: string;
  url: string;
  description: string | null;
  createdAt: Date;
  attempts: number;
  failingSince: Date | null;
  nextAttemptAt: Date;
  lastProblem: string | null;
  lastDeliveredAt: Date | null;
  disabledAt: Date | null;
  disabledBecause: string | null;
  previousSecretUntil: Date | null;
}

/** Where webhooks may go; given to Nest under this name. */
export const TARGET_RULES = Symbol('target rules');

/** The endpoints that a tenant's events are sent to. Refusals are problems, whichever door they leave by. */
@Injectable()
export class WebhooksService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(TARGET_RULES) private readonly rules: TargetRules,
    @Inject(Seal) private readonly seal: Seal,
  ) {}

  /**
   * Makes an endpoint, which gets what happens to its tenant's seats from now on: the tenant's balance is held, so that no
   * change of a seat is under way. The secret is given out here once.
   *
   * @throws Problem 400 for a target that is refused, 409 when the tenant has too many
   */
  async add({ tenantId, url, description }: AddWebhook): Promise<NewWebhookEndpoint> {
    const target = await this.target(url);
    const id = newId();
    const { secret, shown } = newSecret();
    const row = await this.dataSource.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO balance (tenant_id, in_use, sequence) VALUES ($1, 0, 0)
         ON CONFLICT (tenant_id) DO UPDATE SET sequence = balance.sequence`,
        [tenantId],
      );
      const [{ count }] = await tx.query('SELECT count(*)::int AS count FROM webhook_endpoint WHERE tenant_id = $1', [
        tenantId,
      ]);
      if (count >= MOST_ENDPOINTS) {
        throw new Problem(409, `The tenant has ${MOST_ENDPOINTS} webhook endpoints already. Delete one first.`);
      }
      const [made] = await tx.query(
        `INSERT INTO webhook_endpoint (tenant_id, id, url, description, secret, created_at, next_attempt_at, after_position)
         SELECT $1, $2, $3, $4, $5, $6, $6, coalesce((SELECT max(position) FROM outbox WHERE tenant_id = $1), 0)
         RETURNING ${COLUMNS}`,
        [tenantId, id, target.href, description ?? null, this.seal.seal(secret, id), this.clock.now()],
      );
      return made as Row;
    });
    return { ...shownEndpoint(row), secret: shown };
  }

  async list(tenantId: string): Promise<WebhookEndpoint[]> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM webhook_endpoint WHERE tenant_id = $1 ORDER BY id`,
      [tenantId],
    );
    return rows.map(shownEndpoint);
  }

  /** @throws Problem 404 */
  async get({ tenantId, id }: NameWebhook): Promise<WebhookEndpoint> {
    const [row] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    return found(row);
  }

  /** Nothing more is sent to it, but for a request that is under way. @throws Problem 404 */
  async remove({ tenantId, id }: NameWebhook): Promise<void> {
    const [, count] = await this.dataSource.query('DELETE FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2', [
      tenantId,
      id,
    ]);
    if (count === 0) throw new Problem(404, NO_ENDPOINT);
  }

  /** Sends again from where it stopped, as far as events are kept; one that fails is tried at once. @throws Problem 404 */
  async enable({ tenantId, id }: NameWebhook): Promise<WebhookEndpoint> {
    await this.warnOfGap(await this.get({ tenantId, id }), tenantId);
    const [rows] = await this.dataSource.query(
      `UPDATE webhook_endpoint
       SET disabled_at = NULL, disabled_because = NULL, attempts = 0, failing_since = NULL, next_attempt_at = $3
       WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
      [tenantId, id, this.clock.now()],
    );
    return found(rows[0]);
  }

  /** Every tenant is told of its seats once a day: who had nothing for longer before the oldest event kept has missed some. */
  private async warnOfGap({ id, createdAt, lastDeliveredAt }: WebhookEndpoint, tenantId: string): Promise<void> {
    const [oldest] = await this.dataSource.query('SELECT id FROM outbox WHERE tenant_id = $1 ORDER BY id LIMIT 1', [
      tenantId,
    ]);
    const oldestKept = oldest && timeOfId(oldest.id);
    if (!oldestKept || oldestKept.getTime() - Date.parse(lastDeliveredAt ?? createdAt) <= DAY_MS) return;
    logger.warn(
      { tenantId, endpointId: id, lastDeliveredAt, oldestKept },
      'a webhook endpoint is enabled, and events that it did not get are kept no more: it goes on with the oldest there is',
    );
  }

  /**
   * Gives an endpoint a new secret, shown here once. The one before signs too for some hours more; of three, the oldest ends.
   *
   * @throws Problem 404
   */
  async rotate({ tenantId, id, overlapHours = OVERLAP_HOURS }: RotateWebhook): Promise<NewWebhookEndpoint> {
    const { secret, shown } = newSecret();
    const until = overlapHours > 0 ? new Date(this.clock.now().getTime() + overlapHours * HOUR_MS) : null;
    const [rows] = await this.dataSource.query(
      `UPDATE webhook_endpoint
       SET secret = $3, previous_secret = CASE WHEN $4::timestamptz IS NOT NULL THEN secret END, previous_until = $4,
           epoch = epoch + 1
       WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
      [tenantId, id, this.seal.seal(secret, id), until],
    );
    return { ...found(rows[0]), secret: shown };
  }

  /**
   * Has one event sent again before all others, or sets the cursor back to a time. The `webhook-id` of an event stays what it
   * was, so a receiver that remembers ids takes nothing twice.
   *
   * @returns how many events that is at least
   * @throws Problem 400, 404, 409
   */
  async redeliver({ tenantId, id, eventId, since }: RedeliverWebhook): Promise<number> {
    if ((eventId === undefined) === (since === undefined)) {
      throw new Problem(400, 'Say either eventId or since: one event, or all that were told since a time.');
    }
    return this.dataSource.transaction(async (tx) => {
      const [endpoint] = await tx.query(
        'SELECT disabled_at AS "disabledAt" FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2 FOR UPDATE',
        [tenantId, id],
      );
      if (!endpoint) throw new Problem(404, NO_ENDPOINT);
      if (endpoint.disabledAt) throw new Problem(409, 'The endpoint is disabled. Enable it first.');
      if (eventId !== undefined) return this.redeliverOne(tx, { tenantId, id, eventId });
      return setBack(tx, { tenantId, id }, new Date(since ?? ''));
    });
  }

  private async redeliverOne(tx: EntityManager, { tenantId, id, eventId }: NameWebhook & { eventId: string }) {
    const told = await tx.query('SELECT FROM outbox WHERE tenant_id = $1 AND id = $2', [tenantId, eventId]);
    if (told.length === 0) throw new Problem(404, 'Billing keeps no event of this id for the tenant.');
    await tx.query(
      `INSERT INTO webhook_redelivery (tenant_id, endpoint_id, event_id, asked_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [tenantId, id, eventId, this.clock.now()],
    );
    return 1;
  }

  private async target(url: string): Promise<URL> {
    try {
      const target = readTarget(url, this.rules);
      await addressesOf(hostOf(target), this.rules);
      return target;
    } catch (error) {
      if (error instanceof TargetRefused) throw new Problem(400, error.message);
      throw error;
    }
  }
}

/** A higher epoch tells a sender at work that what it has read is out of date. */
async function setBack(tx: EntityManager, { tenantId, id }: NameWebhook, since: Date): Promise<number> {
  const [{ first, count }] = await tx.query(
    'SELECT min(position) AS first, count(*)::int AS count FROM outbox WHERE tenant_id = $1 AND id >= $2',
    [tenantId, leastIdAt(since)],
  );
  if (first === null) return 0;
  await tx.query(
    `UPDATE webhook_endpoint
     SET after_position = least(after_position, $3::bigint - 1), epoch = epoch + 1,
         mark_position = NULL, mark_xid = NULL, marked_at = NULL
     WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, first],
  );
  await tx.query('DELETE FROM webhook_delivered WHERE tenant_id = $1 AND endpoint_id = $2 AND position >= $3', [
    tenantId,
    id,
    first,
  ]);
  return count;
}

/** @throws Problem 404 where there is no row */
function found(row: Row | undefined): WebhookEndpoint {
  if (!row) throw new Problem(404, NO_ENDPOINT);
  return shownEndpoint(row);
}

function shownEndpoint(row: Row): WebhookEndpoint {
  const { createdAt, failingSince, nextAttemptAt, lastDeliveredAt, disabledAt, previousSecretUntil } = row;
  const state = disabledAt ? 'disabled' : row.attempts > 0 ? 'failing' : 'active';
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    state,
    failingSince: failingSince?.toISOString() ?? null,
    nextAttemptAt: state === 'failing' ? nextAttemptAt.toISOString() : null,
    lastDeliveredAt: lastDeliveredAt?.toISOString() ?? null,
    disabledAt: disabledAt?.toISOString() ?? null,
    previousSecretUntil: previousSecretUntil?.toISOString() ?? null,
  };
}
