import type { EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { type Prepared, run } from '#postgres/prepared';

const REMEMBER: Prepared = {
  name: 'remember_applied',
  text: `
INSERT INTO inbox (tenant_id, event_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT DO NOTHING
RETURNING event_id`,
};

/**
 * Of these events, those that were never applied here, in their order, each once. Remembers them in the caller's
 * transaction, so that they count as applied if it commits, and only then.
 */
export async function once(tx: EntityManager, events: CloudEvent[]): Promise<CloudEvent[]> {
  const ids = [events.map((event) => event.tenantid), events.map((event) => event.id)];
  const rows = await run<{ event_id: string }>(tx, REMEMBER, ids);
  const fresh = new Set(rows.map((row) => row.event_id));
  return events.filter((event) => fresh.delete(event.id));
}
