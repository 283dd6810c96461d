import type { EntityManager } from 'typeorm';
import type { AttributeChange } from '#directory-api/activity';
import type { CloudEvent } from '#events/envelope';
import { OUTBOX_COLUMNS, OUTBOX_TYPES, outboxValues } from '#outbox/append';
import { asColumns, type Prepared, run, unnested } from '#postgres/prepared';

/** What an event tells of, as the activity log shows it. */
export interface Shown {
  changes?: AttributeChange[];
}

/**
 * Columns of the directory's outbox that a teller fills, for a statement that appends by itself; {@link tellingValues} in this
 * order. `changes` is the directory's own: of no event a part, so never published.
 */
export const TELLING_COLUMNS = `${OUTBOX_COLUMNS}, changes`;
export const TELLING_TYPES = [...OUTBOX_TYPES, 'json'];

export function tellingValues(event: CloudEvent, { changes }: Shown): unknown[] {
  return [...outboxValues(event), changes && changes.length > 0 ? JSON.stringify(changes) : null];
}

const INSERT: Prepared = {
  name: 'append_events_with_changes',
  text: `
INSERT INTO outbox (${TELLING_COLUMNS})
SELECT * FROM ${unnested(TELLING_TYPES)}`,
};

/** As #outbox/append, with what each event changed beside it. @param facts of the events, in their order */
export async function appendWithChanges(tx: EntityManager, events: CloudEvent[], facts: Shown[]): Promise<void> {
  if (events.length === 0) return;
  await run(tx, INSERT, asColumns(events.map((event, index) => tellingValues(event, facts[index] ?? {}))));
}
