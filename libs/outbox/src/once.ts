import type { EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';

/**
 * Of these events, those that were never applied here, in their order, each once. Remembers them in the caller's
 * transaction, so that they count as applied if it commits, and only then.
 */
export async function once(tx: EntityManager, events: CloudEvent[]): Promise<CloudEvent[]> {
  const rows: { event_id: string }[] = await tx.query(
    `INSERT INTO inbox (tenant_id, event_id)
     SELECT * FROM unnest($1::uuid[], $2::uuid[])
     ON CONFLICT DO NOTHING
     RETURNING event_id`,
    [events.map((event) => event.tenantid), events.map((event) => event.id)],
  );
  const fresh = new Set(rows.map((row) => row.event_id));
  return events.filter((event) => fresh.delete(event.id));
}
