import { leastIdAt } from '#runtime/ids';

/**
 * Makes the outbox of #outbox/schema one that is partitioned by the time in its events' ids. The table there was becomes
 * the first partition, for all ids up to the end of the month; nothing is copied but rows of ids beyond that, from a clock
 * that was wrong. Part of a migration of every database that tells events.
 *
 * Position is no identity any more: Postgres before 17 has none in a partitioned table.
 */
export function partitionOutbox(now: Date): string {
  const bound = endOfMonth(now);
  return `
ALTER TABLE outbox RENAME TO outbox_first;
ALTER INDEX outbox_pkey RENAME TO outbox_first_pkey;
ALTER INDEX outbox_command RENAME TO outbox_first_command;
DROP INDEX outbox_waiting;
ALTER TABLE outbox_first ALTER COLUMN position DROP IDENTITY;

CREATE TABLE outbox (LIKE outbox_first) PARTITION BY RANGE (id);
CREATE SEQUENCE outbox_position OWNED BY outbox.position;
SELECT setval('outbox_position', (SELECT coalesce(max(position), 0) + 1 FROM outbox_first), false);
ALTER TABLE outbox ALTER COLUMN position SET DEFAULT nextval('outbox_position'), ADD PRIMARY KEY (tenant_id, id);
CREATE INDEX outbox_waiting ON outbox (partition, position) WHERE published_at IS NULL;
CREATE INDEX outbox_command ON outbox (tenant_id, command_id);
CREATE TABLE outbox_rest PARTITION OF outbox DEFAULT;
${adopt('outbox', 'id', bound)}`;
}

/** The same for the inbox, and where it is written down from before when it has forgotten. */
export function partitionInbox(now: Date): string {
  const bound = endOfMonth(now);
  return `
ALTER TABLE inbox RENAME TO inbox_first;
ALTER INDEX inbox_pkey RENAME TO inbox_first_pkey;
CREATE TABLE inbox (LIKE inbox_first INCLUDING DEFAULTS) PARTITION BY RANGE (event_id);
ALTER TABLE inbox ADD PRIMARY KEY (tenant_id, event_id);
CREATE TABLE inbox_rest PARTITION OF inbox DEFAULT;
${adopt('inbox', 'event_id', bound)}
CREATE TABLE inbox_forgotten (
  before       uuid        NOT NULL,
  forgotten_at timestamptz NOT NULL DEFAULT now()
);`;
}

function adopt(table: string, column: string, bound: string): string {
  return `
WITH beyond AS (DELETE FROM ${table}_first WHERE ${column} >= '${bound}' RETURNING *)
INSERT INTO ${table}_rest SELECT * FROM beyond;
ALTER TABLE ${table} ATTACH PARTITION ${table}_first FOR VALUES FROM (MINVALUE) TO ('${bound}');`;
}

function endOfMonth(now: Date): string {
  return leastIdAt(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)));
}
