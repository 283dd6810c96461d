import type { EntityManager } from 'typeorm';
import type { FindStale, StaleUsers } from '#directory-api/billable';
import { type Prepared, run } from '#postgres/prepared';
import { BEFORE_ALL } from '#runtime/ids';

/** Every write of a connection is contact as well, so that a user without a row was last heard of when it changed. */
const PAGE: Prepared = {
  name: 'stale_users',
  text: `
WITH page AS MATERIALIZED (
  SELECT id, user_name, managed_by, updated_at FROM users
  WHERE tenant_id = $1 AND active AND deleted_at IS NULL AND managed_by IS NOT NULL AND id > $2 ORDER BY id LIMIT $3
)
SELECT page.id, page.user_name AS "userName", c.id AS "connectionId", c.username AS "connectionName",
       greatest(contact.at, page.updated_at) AS "lastContactAt",
       greatest(contact.at, page.updated_at) < $4 AS "isSilent",
       c.deactivated_at IS NULL AND c.created_at < $4 AS "connectionNeverDeactivated"
FROM page
JOIN connections c ON c.tenant_id = $1 AND c.id = page.managed_by
LEFT JOIN scim_contact contact ON contact.tenant_id = $1 AND contact.user_id = page.id
ORDER BY page.id`,
};

interface Row extends Omit<StaleUsers['users'][number], 'lastContactAt'> {
  lastContactAt: Date;
}

/** Of the next `limit` active users that a connection manages, by id, those who may have been forgotten by their provider. */
export async function staleUsers(
  tx: EntityManager,
  { tenantId, days, after, limit }: FindStale,
  now: Date,
): Promise<StaleUsers> {
  const since = new Date(now.getTime() - days * 86_400_000);
  const rows = await run<Row>(tx, PAGE, [tenantId, after ?? BEFORE_ALL, limit, since.toISOString()]);
  return {
    users: rows
      .filter(({ isSilent, connectionNeverDeactivated }) => isSilent || connectionNeverDeactivated)
      .map((row) => ({ ...row, lastContactAt: row.lastContactAt.toISOString() })),
    next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
  };
}
