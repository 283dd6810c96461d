import type { EntityManager } from 'typeorm';

/** An endpoint that this process may send to until its claim runs out. */
export interface Claimed {
  tenantId: string;
  id: string;
  url: string;
  /** as it is kept */
  secret: Buffer;
  /** the one before, while its owner changes from one to the other */
  previous: Buffer | null;
  attempts: number;
  /** changes when the cursor is set back or the secret is another: what was read before does not count any more */
  epoch: number;
  claim: string;
}

/** An event to send; `again` when somebody asked for it. */
export interface Pending {
  eventId: string;
  position: string;
  body: string;
  again: boolean;
}

/** Longer than one request may take; renewed with every delivery. */
const CLAIM = `interval '60 s'`;
/** Transactions that took a position and have no id yet, a matter of microseconds, are given so long. */
const SETTLE = `interval '5 s'`;

const UNDELIVERED = (endpoint: string) => `
  FROM outbox o
  WHERE o.tenant_id = ${endpoint}.tenant_id AND o.position > ${endpoint}.after_position
    AND NOT EXISTS (SELECT FROM webhook_delivered d
      WHERE d.tenant_id = ${endpoint}.tenant_id AND d.endpoint_id = ${endpoint}.id AND d.position = o.position)`;

const ASKED_FOR = (endpoint: string) => `
  FROM webhook_redelivery r JOIN outbox o ON o.tenant_id = r.tenant_id AND o.id = r.event_id
  WHERE r.tenant_id = ${endpoint}.tenant_id AND r.endpoint_id = ${endpoint}.id`;

/**
 * Takes endpoints that have something to be sent and that nobody else serves, those first that were served longest ago.
 *
 * @param failing those whose last attempt failed, or the others
 */
export async function claim(
  tx: EntityManager,
  { claimId, now, most, failing }: { claimId: string; now: Date; most: number; failing: boolean },
): Promise<Claimed[]> {
  if (most <= 0) return [];
  const [rows] = await tx.query(
    `UPDATE webhook_endpoint e
     SET claim = $1, claimed_until = clock_timestamp() + ${CLAIM}, served_at = clock_timestamp()
     FROM (SELECT c.tenant_id, c.id FROM webhook_endpoint c
       WHERE c.disabled_at IS NULL AND c.next_attempt_at <= $2 AND (c.attempts > 0) = $4
         AND (c.claimed_until IS NULL OR c.claimed_until < clock_timestamp())
         AND (EXISTS (SELECT ${UNDELIVERED('c')}) OR EXISTS (SELECT ${ASKED_FOR('c')}))
       ORDER BY c.served_at LIMIT $3 FOR UPDATE OF c SKIP LOCKED) AS due
     WHERE e.tenant_id = due.tenant_id AND e.id = due.id
     RETURNING e.tenant_id AS "tenantId", e.id, e.url, e.attempts, e.epoch, e.claim, e.secret,
       CASE WHEN e.previous_until > $2 THEN e.previous_secret END AS previous`,
    [claimId, now, most, failing],
  );
  return rows;
}

/** What is to be sent to an endpoint next: what was asked for again, then what follows its cursor, in order. */
export async function readPending(tx: EntityManager, { tenantId, id }: Claimed, most: number): Promise<Pending[]> {
  const columns = 'o.id AS "eventId", o.position, o.event::text AS body';
  const again: Pending[] = await tx.query(
    `SELECT ${columns}, true AS again FROM webhook_endpoint e, LATERAL (
       SELECT o.id, o.position, o.event, r.asked_at ${ASKED_FOR('e')} ORDER BY r.asked_at, o.position LIMIT $3) AS o
     WHERE e.tenant_id = $1 AND e.id = $2`,
    [tenantId, id, most],
  );
  if (again.length === most) return again;
  const next: Pending[] = await tx.query(
    `SELECT ${columns}, false AS again FROM webhook_endpoint e, LATERAL (
       SELECT o.id, o.position, o.event ${UNDELIVERED('e')} ORDER BY o.position LIMIT $3) AS o
     WHERE e.tenant_id = $1 AND e.id = $2`,
    [tenantId, id, most - again.length],
  );
  return [...again, ...next];
}

/**
 * Writes down that an event was delivered and renews the claim.
 *
 * @returns false when the claim is lost, or the cursor was set back meanwhile: then it is not written down
 */
export async function markDelivered(tx: EntityManager, to: Claimed, event: Pending, now: Date): Promise<boolean> {
  const done = event.again
    ? `DELETE FROM webhook_redelivery r USING mine
       WHERE r.tenant_id = mine.tenant_id AND r.endpoint_id = mine.id AND r.event_id = $6`
    : `INSERT INTO webhook_delivered (tenant_id, endpoint_id, position)
       SELECT tenant_id, id, $6::bigint FROM mine ON CONFLICT DO NOTHING`;
  const rows: unknown[] = await tx.query(
    `WITH mine AS (
       UPDATE webhook_endpoint
       SET claimed_until = clock_timestamp() + ${CLAIM}, attempts = 0, failing_since = NULL, last_problem = NULL,
           last_delivered_at = $5
       WHERE tenant_id = $1 AND id = $2 AND claim = $3 AND epoch = $4
       RETURNING tenant_id, id), done AS (${done})
     SELECT id FROM mine`,
    [to.tenantId, to.id, to.claim, to.epoch, now, event.again ? event.eventId : event.position],
  );
  return rows.length > 0;
}

/** When an endpoint is tried next, or that it is disabled. */
export interface Failure {
  now: Date;
  next: Date;
  problem: string;
  /** it is disabled when it has failed since before, or at once without */
  patienceMs: number;
}

/** @returns `disabled` when it was that now; undefined when the claim is lost */
export async function markFailed(tx: EntityManager, to: Claimed, { now, next, problem, patienceMs }: Failure) {
  const [rows] = await tx.query(
    `UPDATE webhook_endpoint
     SET attempts = attempts + 1, failing_since = coalesce(failing_since, $4), next_attempt_at = $5, last_problem = $6,
         disabled_at = CASE WHEN coalesce(failing_since, $4) <= $7 THEN $4::timestamptz END,
         disabled_because = CASE WHEN coalesce(failing_since, $4) <= $7 THEN $6::text END
     WHERE tenant_id = $1 AND id = $2 AND claim = $3
     RETURNING disabled_at IS NOT NULL AS disabled, failing_since AS since`,
    [to.tenantId, to.id, to.claim, now, next, problem, new Date(now.getTime() - patienceMs)],
  );
  return rows[0] as { disabled: boolean; since: Date } | undefined;
}

export async function release(tx: EntityManager, { tenantId, id, claim: claimId }: Claimed): Promise<void> {
  await tx.query(
    'UPDATE webhook_endpoint SET claim = NULL, claimed_until = NULL WHERE tenant_id = $1 AND id = $2 AND claim = $3',
    [tenantId, id, claimId],
  );
}

/**
 * Moves cursors on. A lower position may commit after a higher one (docs/adr/0002), so what was delivered is remembered by
 * position above the cursor, and the cursor follows only when nothing can appear below it any more: a place is marked
 * together with the next transaction id, and once every transaction before that id has ended and nothing up to the mark
 * waits, the cursor is there. A transaction that stays open holds back the cursor and no delivery.
 */
export async function settle(tx: EntityManager): Promise<void> {
  await tx.query(
    `WITH settled AS (
       UPDATE webhook_endpoint e
       SET after_position = mark_position, mark_position = NULL, mark_xid = NULL, marked_at = NULL
       WHERE mark_position IS NOT NULL AND marked_at < clock_timestamp() - ${SETTLE}
         AND pg_snapshot_xmin(pg_current_snapshot()) >= mark_xid
         AND NOT EXISTS (SELECT ${UNDELIVERED('e')} AND o.position <= e.mark_position)
       RETURNING tenant_id, id, after_position)
     DELETE FROM webhook_delivered d USING settled s
     WHERE d.tenant_id = s.tenant_id AND d.endpoint_id = s.id AND d.position <= s.after_position`,
  );
  await tx.query(
    `UPDATE webhook_endpoint e
     SET mark_position = top.position, mark_xid = pg_snapshot_xmax(pg_current_snapshot()), marked_at = clock_timestamp()
     FROM (SELECT tenant_id, endpoint_id, max(position) AS position FROM webhook_delivered GROUP BY 1, 2) AS top
     WHERE e.tenant_id = top.tenant_id AND e.id = top.endpoint_id
       AND e.mark_position IS NULL AND top.position > e.after_position`,
  );
}
