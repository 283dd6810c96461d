import type { EntityManager } from 'typeorm';
import type { AttributeChange } from '#directory-api/activity';
import type { CloudEvent } from '#events/envelope';
import { OUTBOX_COLUMNS, outboxValues } from '#outbox/append';
import { type Prepared, run } from '#postgres/prepared';

/** What an event tells of, as the activity log shows it. */
export interface Shown {
  changes?: AttributeChange[];
}

/** The directory's own column of its outbox: of no event a part, so never published. */
export const CHANGES_COLUMN = 'changes';

export function changesValue({ changes }: Shown): string | null {
  return changes && changes.length > 0 ? JSON.stringify(changes) : null;
}

const INSERT: Prepared = {
  name: 'append_events_with_changes',
  text: `
INSERT INTO outbox (${OUTBOX_COLUMNS}, ${CHANGES_COLUMN})
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::json[],
                     $9::json[])`,
};

/** As #outbox/append, with what each event changed beside it. @param facts of the events, in their order */
export async function appendWithChanges(tx: EntityManager, events: CloudEvent[], facts: Shown[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event, index) => [...outboxValues(event), changesValue(facts[index] ?? {})]);
  const columns = OUTBOX_COLUMNS.split(', ').concat(CHANGES_COLUMN);
  await run(
    tx,
    INSERT,
    columns.map((_, column) => rows.map((row) => row[column])),
  );
}
