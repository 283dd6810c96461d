import type { EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { asColumns, type Prepared, run, unnested } from '#postgres/prepared';
import { type Shown, TELLING_COLUMNS, TELLING_TYPES, tellingValues } from '../activity/append-changes.ts';
import { notingDeactivation } from '../connections/deactivations.ts';
import { type UserRow, uniquely } from './user-rows.ts';

/** A change that is decided: what the user becomes, and what is told of it. */
export interface UserChange {
  before: UserRow;
  /** with its new version */
  after: UserRow;
  /** in the order of their versions */
  events: CloudEvent[];
  /** of the events, in their order */
  facts: Shown[];
  connectionId: string;
}

/** The events take their positions when the row is locked, because they come of it (docs/adr/0002). */
const SAVE: Prepared = {
  name: 'change_user',
  text: `
WITH changed AS (
  UPDATE users SET user_name = $4, user_name_key = $5, external_id = $6, active = $7, managed_by = $8, data = $9, version = $10,
                   updated_at = $11, display_name_key = $12, email_keys = $13
  WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL
  RETURNING 1
), noted AS (
  ${notingDeactivation({ tenant: '$1', connection: '$14', at: '$11' })} AND $15::boolean AND EXISTS (SELECT FROM changed)
), told AS (
  INSERT INTO outbox (${TELLING_COLUMNS})
  SELECT event.* FROM changed, ${unnested(TELLING_TYPES, 16)} AS event
)
SELECT FROM changed`,
};

/**
 * Saves a changed user and its events, in one statement.
 *
 * @returns false when another change came between: then nothing was saved
 * @throws ScimError 409 uniqueness when the userName is taken, by whomever
 */
export async function saveChange(tx: EntityManager, change: UserChange): Promise<boolean> {
  const { before, after, events, facts, connectionId } = change;
  const { tenantId, id, userName, userNameKey, externalId, active, managedBy, data, version, updatedAt } = after;
  const deactivates = before.active && !active;
  const told = events.map((event, index) => tellingValues(event, facts[index] ?? {}));
  const saved = await uniquely(() =>
    run(tx, SAVE, [
      tenantId,
      id,
      before.version,
      userName,
      userNameKey,
      externalId,
      active,
      managedBy,
      data,
      version,
      updatedAt,
      after.displayNameKey,
      after.emailKeys,
      connectionId,
      deactivates,
      ...(told.length > 0 ? asColumns(told) : TELLING_TYPES.map(() => [])),
    ]),
  );
  return saved.length > 0;
}
