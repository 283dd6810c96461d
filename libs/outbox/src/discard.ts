import type { DataSource, EntityManager } from 'typeorm';
import { isId } from '#runtime/ids';
import { BEHIND, deleteParked, type ParkedEvent } from './parking.ts';

/** What an operator discarded, with its content: an audit, so nothing here is ever changed. Part of a database's own migration. */
export const DISCARDED_TABLE = `
CREATE TABLE discarded (
  tenant_id    uuid        NOT NULL,
  position     bigint      GENERATED ALWAYS AS IDENTITY,
  event_id     text        NOT NULL,
  type         text        NOT NULL,
  content      text        NOT NULL,
  cause        text        NOT NULL,
  reason       text        NOT NULL CHECK (reason <> ''),
  actor        text        NOT NULL,
  parked_at    timestamptz NOT NULL,
  discarded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, position)
);
CREATE INDEX discarded_event ON discarded (tenant_id, event_id);
`;

export interface Discard {
  tenantId: string;
  /** the first of the tenant when absent, if it is a cause and does not only wait */
  eventId?: string | undefined;
  reason: string;
  /** who decided */
  actor: string;
}

export type Discarded =
  | { outcome: 'discarded'; eventId: string; type: string; behind: number }
  | { outcome: 'not parked' }
  | { outcome: 'only waits'; eventId: string };

/**
 * Takes one event out of the parking for good, with who and why beside its content. It counts as handled from then on: a
 * redelivery or a replay of it changes nothing. What waits behind it stays parked, in order, until it is replayed.
 *
 * The first event is discarded by default only if it is itself the cause. So of two operators who both mean the event they
 * saw, the second does not discard the next one, which merely waited.
 */
export async function discardParked(dataSource: DataSource, discard: Discard): Promise<Discarded> {
  return dataSource.transaction(async (tx): Promise<Discarded> => {
    const { tenantId, eventId, reason, actor } = discard;
    const [event]: (ParkedEvent & { position: string; parkedAt: Date })[] = await tx.query(
      `SELECT tenant_id AS "tenantId", event_id AS "eventId", type, content, reason, position, parked_at AS "parkedAt"
       FROM parked WHERE tenant_id = $1 AND ($2::text IS NULL OR event_id = $2) ORDER BY position LIMIT 1 FOR UPDATE`,
      [tenantId, eventId ?? null],
    );
    if (!event) return { outcome: 'not parked' };
    if (eventId === undefined && event.reason === BEHIND) return { outcome: 'only waits', eventId: event.eventId };
    await tx.query(
      `INSERT INTO discarded (tenant_id, event_id, type, content, cause, reason, actor, parked_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [tenantId, event.eventId, event.type, event.content, event.reason, reason, actor, event.parkedAt],
    );
    if (isId(event.eventId)) {
      await tx.query('INSERT INTO inbox (tenant_id, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        tenantId,
        event.eventId,
      ]);
    }
    await deleteParked(tx, tenantId, [event]);
    const [{ behind }] = await tx.query(
      'SELECT count(*)::int AS behind FROM parked WHERE tenant_id = $1 AND position > $2',
      [tenantId, event.position],
    );
    return { outcome: 'discarded', eventId: event.eventId, type: event.type, behind };
  });
}

/** Of these, the ids of events that were discarded before, as `tenant/event`: they are not parked again. */
export async function discardedAmong(
  tx: EntityManager,
  events: { tenantId: string; eventId: string }[],
): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const rows: { key: string }[] = await tx.query(
    `SELECT DISTINCT tenant_id || '/' || event_id AS key
     FROM discarded JOIN unnest($1::uuid[], $2::text[]) AS wanted (tenant_id, event_id) USING (tenant_id, event_id)`,
    [events.map((event) => event.tenantId), events.map((event) => event.eventId)],
  );
  return new Set(rows.map((row) => row.key));
}

/** What was discarded and why, newest first, at most `limit`. */
export async function listDiscarded(tx: EntityManager, limit: number, tenantId?: string) {
  return tx.query(
    `SELECT tenant_id AS "tenantId", event_id AS "eventId", type, content, cause, reason, actor,
            parked_at AS "parkedAt", discarded_at AS "discardedAt"
     FROM discarded WHERE $2::uuid IS NULL OR tenant_id = $2 ORDER BY discarded_at DESC, position DESC LIMIT $1`,
    [limit, tenantId ?? null],
  );
}
