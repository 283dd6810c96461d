import type { EntityManager } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';

/** An event that could not be applied, kept in order with all that follow it for its tenant, until a person decides. */
export interface ParkedEvent {
  tenantId: string;
  eventId: string;
  type: string;
  /** the message as it came */
  content: string;
  reason: string;
}

/** Why an event is parked that could be applied, were it not for the one before it. */
export const BEHIND = 'waits behind a parked event of the same tenant';

/** Parks events in the caller's transaction. A redelivered one is parked once. */
export async function park(tx: EntityManager, events: ParkedEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.query(
    `INSERT INTO parked (tenant_id, event_id, type, content, reason)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
     ON CONFLICT DO NOTHING`,
    [
      events.map((event) => event.tenantId),
      events.map((event) => storable(event.eventId)),
      events.map((event) => storable(event.type)),
      events.map((event) => storable(event.content)),
      events.map((event) => event.reason),
    ],
  );
}

/** Postgres keeps every character but NUL. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD');
}

const LOCK_PARKED_TENANTS: Prepared = {
  name: 'lock_parked_tenants',
  text: `SELECT first.tenant_id FROM unnest($1::uuid[]) AS asked (tenant_id) CROSS JOIN LATERAL (
    SELECT tenant_id FROM parked WHERE parked.tenant_id = asked.tenant_id ORDER BY position LIMIT 1 FOR UPDATE) AS first`,
};

/**
 * Of these tenants, those that have parked events; a replay of theirs, which begins with the first one, waits until the
 * transaction ends, or this for it.
 */
export async function lockParkedTenants(tx: EntityManager, tenantIds: string[]): Promise<Set<string>> {
  const rows = await run<{ tenant_id: string }>(tx, LOCK_PARKED_TENANTS, [tenantIds]);
  return new Set(rows.map((row) => row.tenant_id));
}

const COLUMNS = 'tenant_id AS "tenantId", event_id AS "eventId", type, content, reason';

/** Parked events replayed at once. */
const ROUND = 500;

/** The first of a tenant's parked events in order, locked until the transaction ends. */
export async function lockParked(tx: EntityManager, tenantId: string): Promise<ParkedEvent[]> {
  return tx.query(`SELECT ${COLUMNS} FROM parked WHERE tenant_id = $1 ORDER BY position LIMIT ${ROUND} FOR UPDATE`, [
    tenantId,
  ]);
}

export async function deleteParked(tx: EntityManager, tenantId: string, events: ParkedEvent[]): Promise<void> {
  await tx.query('DELETE FROM parked WHERE tenant_id = $1 AND event_id = ANY($2::text[])', [
    tenantId,
    events.map((event) => event.eventId),
  ]);
}

/** Parked events of all tenants or one, oldest first, at most `limit`. */
export async function listParked(tx: EntityManager, limit: number, tenantId?: string): Promise<ParkedEvent[]> {
  return tx.query(`SELECT ${COLUMNS} FROM parked WHERE $2::uuid IS NULL OR tenant_id = $2 ORDER BY position LIMIT $1`, [
    limit,
    tenantId ?? null,
  ]);
}

/** An event as it is parked, and what is parked before and behind it for its tenant. */
export interface ParkedPlace extends ParkedEvent {
  parkedAt: Date;
  ahead: number;
  behind: number;
}

/** One parked event of a tenant, the first by default; undefined when there is none. */
export async function findParked(
  tx: EntityManager,
  tenantId: string,
  eventId?: string,
): Promise<ParkedPlace | undefined> {
  const [event]: ParkedPlace[] = await tx.query(
    `SELECT ${COLUMNS}, parked_at AS "parkedAt",
            (SELECT count(*)::int FROM parked other WHERE other.tenant_id = $1 AND other.position < it.position) AS ahead,
            (SELECT count(*)::int FROM parked other WHERE other.tenant_id = $1 AND other.position > it.position) AS behind
     FROM parked it WHERE tenant_id = $1 AND ($2::text IS NULL OR event_id = $2) ORDER BY position LIMIT 1`,
    [tenantId, eventId ?? null],
  );
  return event;
}

/** Tells why an event that was tried again still cannot be applied. */
export async function keepReason(tx: EntityManager, tenantId: string, eventId: string, reason: string): Promise<void> {
  await tx.query('UPDATE parked SET reason = $3 WHERE tenant_id = $1 AND event_id = $2', [tenantId, eventId, reason]);
}
