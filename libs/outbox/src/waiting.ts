import type { EntityManager } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';

/** An event that is committed and not yet published. */
export interface WaitingRow {
  tenant_id: string;
  id: string;
  partition: number;
  type: string;
  subject: string;
  event: string;
}

/** Rows of one look, and of one partition in it: one that has much waiting leaves room for the others. */
const MOST = { rows: 500, ofOne: 250 };

/**
 * By partition, so that what waits in one that stands still is not walked over to find the others'. What is on its way is
 * left out by its id and not by a remembered position: whatever commits late is found (docs/adr/0002).
 */
const statement = (name: string, ofOne: number): Prepared => ({
  name,
  text: `
SELECT waiting.* FROM unnest($1::smallint[]) WITH ORDINALITY AS lane (partition, turn), LATERAL (
  SELECT o.tenant_id, o.id, o.partition, o.type, o.subject, o.event::text
  FROM outbox o
  WHERE o.partition = lane.partition AND o.published_at IS NULL AND o.id NOT IN (SELECT unnest($2::uuid[]))
  ORDER BY o.position
  LIMIT ${ofOne}) AS waiting
LIMIT ${MOST.rows}`,
});

const WAITING = statement('waiting_events', MOST.ofOne);
const FIRST_WAITING = statement('first_waiting_events', 1);

/** The bounds say nothing new but which of the table's parts to look at: an id begins with its time. */
const MARK: Prepared = {
  name: 'mark_published',
  text: `
UPDATE outbox SET published_at = now()
FROM unnest($1::uuid[], $2::uuid[]) AS sent (tenant_id, id)
WHERE outbox.tenant_id = sent.tenant_id AND outbox.id = sent.id AND outbox.id BETWEEN $3 AND $4`,
};

/**
 * What waits in these partitions, each in the order of positions, the first partitions first.
 *
 * @returns `full` when there may be more
 */
export async function readWaiting(tx: EntityManager, partitions: number[], underWay: string[]) {
  const rows = await run<WaitingRow>(tx, WAITING, [partitions, underWay]);
  const counts = new Map<number, number>();
  for (const { partition } of rows) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  const full = rows.length === MOST.rows || [...counts.values()].includes(MOST.ofOne);
  return { rows, full };
}

/** The first that waits in each of these partitions. */
export function readFirst(tx: EntityManager, partitions: number[]): Promise<WaitingRow[]> {
  return run<WaitingRow>(tx, FIRST_WAITING, [partitions, []]);
}

export async function markPublished(tx: EntityManager, rows: WaitingRow[]): Promise<void> {
  const ids = rows.map(({ id }) => id);
  const sorted = ids.toSorted();
  await run(tx, MARK, [rows.map(({ tenant_id }) => tenant_id), ids, sorted[0], sorted.at(-1)]);
}
