import type { EntityManager } from 'typeorm';
import type { GroupMember, ListGroupMembers } from '#directory-api/admin';
import { BEFORE_ALL } from '#runtime/ids';
import { canonicalKey } from '#scim/canonical';

const USERS = `
SELECT m.user_id AS id, 'User' AS type, u.user_name AS name, u.active, m.local, m.connection_id AS "connectionId"
FROM (SELECT * FROM memberships m WHERE m.tenant_id = $1 AND m.group_id = holder.id AND m.user_id > $3
      ORDER BY m.user_id LIMIT $4) m
JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id`;

const GROUPS = `
SELECT s.member_id, 'Group', g.display_name, NULL, s.local, s.connection_id
FROM (SELECT * FROM subgroups s WHERE s.tenant_id = $1 AND s.group_id = holder.id AND s.member_id > $3
      ORDER BY s.member_id LIMIT $4) s
JOIN groups g ON g.tenant_id = s.tenant_id AND g.id = s.member_id`;

const NAMED = 'SELECT g.id FROM groups g WHERE g.tenant_id = $1 AND g.display_name_key = $2 AND g.deleted_at IS NULL';

const DIRECT = `
SELECT member.*, NULL AS through FROM (${NAMED}) holder CROSS JOIN LATERAL (${USERS} UNION ALL ${GROUPS}) member
ORDER BY member.id LIMIT $4`;

/** The groups below with the fewest levels to each; of those that hold a person the nearest one tells how it is in. */
const EFFECTIVE = `
WITH RECURSIVE below AS (
  SELECT holder.id, 0 AS level FROM (${NAMED}) holder
  UNION
  SELECT s.member_id, below.level + 1 FROM below JOIN subgroups s ON s.tenant_id = $1 AND s.group_id = below.id
), holder AS (
  SELECT id, min(level) AS level FROM below GROUP BY id
)
SELECT DISTINCT ON (member.id) member.*, CASE WHEN holder.level > 0 THEN g.display_name END AS through
FROM holder JOIN groups g ON g.tenant_id = $1 AND g.id = holder.id CROSS JOIN LATERAL (${USERS}) member
ORDER BY member.id, holder.level, holder.id LIMIT $4`;

/**
 * A page of a group's members by id. From each group at most a page of rows is read, by its index: the cost is that of the
 * page times the groups in it, however many are in them.
 *
 * @returns undefined when no living group has the name
 */
export async function listMembers(
  tx: EntityManager,
  { tenantId, name, effective, after, limit }: ListGroupMembers,
): Promise<GroupMember[] | undefined> {
  const key = canonicalKey(name);
  const found: GroupMember[] = await tx.query(effective ? EFFECTIVE : DIRECT, [
    tenantId,
    key,
    after ?? BEFORE_ALL,
    limit,
  ]);
  if (found.length > 0) return found;
  const named: unknown[] = await tx.query(NAMED, [tenantId, key]);
  return named.length > 0 ? [] : undefined;
}
