import type { EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { asColumns, type Prepared, run, unnested } from '#postgres/prepared';
import { leastIdAt, timeOfId } from '#runtime/ids';
import { partitionOf } from './partition.ts';

/** Columns of the outbox that a teller fills, for a statement that appends by itself; {@link outboxValues} in this order. */
export const OUTBOX_COLUMNS = 'tenant_id, id, partition, type, subject, command_id, occurred_at, event';
export const OUTBOX_TYPES = ['uuid', 'uuid', 'smallint', 'text', 'text', 'uuid', 'timestamptz', 'json'];

export function outboxValues(event: CloudEvent): [string, string, number, string, string, string, string, string] {
  const { tenantid, id, type, subject, commandid, time } = event;
  return [tenantid, id, partitionOf(tenantid), type, subject, commandid, time, JSON.stringify(event)];
}

const INSERT: Prepared = {
  name: 'append_events',
  text: `
INSERT INTO outbox (${OUTBOX_COLUMNS})
SELECT * FROM ${unnested(OUTBOX_TYPES)}`,
};

/**
 * Puts events into the outbox of the caller's transaction: they leave the database if it commits, and only then.
 * Call it last, holding the locks of what the events tell of: the outbox position is what keeps their order (docs/adr/0002).
 */
export async function append(tx: EntityManager, ...events: CloudEvent[]): Promise<void> {
  if (events.length === 0) return;
  await run(tx, INSERT, asColumns(events.map(outboxValues)));
}

/** A command's events have later ids than it, but for the clocks of two machines, which may be apart by so much. */
const SKEW_MS = 86_400_000;

/** The least id that an event of this command can have: it says which of the outbox's parts to look at. */
export function leastEventId(commandId: string): string {
  const at = timeOfId(commandId);
  return leastIdAt(new Date(at ? at.getTime() - SKEW_MS : 0));
}

/** What a command has told already, in order; empty when it was not carried out or changed nothing. */
export async function eventsOfCommand(tx: EntityManager, tenantId: string, commandId: string): Promise<CloudEvent[]> {
  const rows: { event: CloudEvent }[] = await tx.query(
    'SELECT event FROM outbox WHERE tenant_id = $1 AND command_id = $2 AND id >= $3 ORDER BY position',
    [tenantId, commandId, leastEventId(commandId)],
  );
  return rows.map((row) => row.event);
}
