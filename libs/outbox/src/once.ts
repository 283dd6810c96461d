import type { EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { type Prepared, run } from '#postgres/prepared';
import { timeOfId } from '#runtime/ids';
import { Rejection } from './rejection.ts';

/** No inbox forgets sooner, so what is younger needs no look at what was forgotten. */
export const LEAST_RETENTION_DAYS = 31;

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
 *
 * @throws Rejection for an event from before what the inbox remembers: whether it was applied, nobody knows any more
 */
export async function once(tx: EntityManager, events: CloudEvent[]): Promise<CloudEvent[]> {
  await refuseForgotten(tx, events);
  const ids = [events.map((event) => event.tenantid), events.map((event) => event.id)];
  const rows = await run<{ event_id: string }>(tx, REMEMBER, ids);
  const fresh = new Set(rows.map((row) => row.event_id));
  return events.filter((event) => fresh.delete(event.id));
}

async function refuseForgotten(tx: EntityManager, events: CloudEvent[]): Promise<void> {
  const young = Date.now() - LEAST_RETENTION_DAYS * 86_400_000;
  const old = events.filter(({ id }) => (timeOfId(id)?.getTime() ?? young) < young);
  if (old.length === 0) return;
  const [forgotten] = await tx.query<{ before: string }[]>(
    'SELECT before FROM inbox_forgotten ORDER BY before DESC LIMIT 1',
  );
  const refused = forgotten && old.find(({ id }) => id < forgotten.before);
  if (!refused) return;
  throw new Rejection(
    refused.id,
    'it is older than what the inbox remembers, so it may have been applied before: discard it, or correct by hand what it tells',
  );
}
