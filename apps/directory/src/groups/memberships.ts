import type { EntityManager } from 'typeorm';
import { isId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import type { MemberChange } from '#scim/members';

/** Who is in a group now who was not, and the reverse; a change of provenance alone is neither. */
export interface MembershipDelta {
  added: string[];
  removed: string[];
}

/** One group, as one connection changes it. */
export interface ManagedGroup {
  tenantId: string;
  groupId: string;
  connectionId: string;
}

/**
 * Applies member changes in order, as rows and only those that change: the cost is that of the change, not of the group.
 * A connection adds and ends its own provenance; a local membership stays until the app ends it. Ids that no living user
 * of the tenant has are skipped and counted.
 */
export async function changeMembers(
  tx: EntityManager,
  group: ManagedGroup,
  memberChanges: MemberChange[],
): Promise<MembershipDelta> {
  const added = new Set<string>();
  const removed = new Set<string>();
  const note = (delta: MembershipDelta) => {
    for (const id of delta.removed) if (!added.delete(id)) removed.add(id);
    for (const id of delta.added) if (!removed.delete(id)) added.add(id);
  };
  for (const change of memberChanges) {
    switch (change.op) {
      case 'add':
        note({ added: await add(tx, group, change.ids), removed: [] });
        break;
      case 'remove':
        note({ added: [], removed: await remove(tx, group, 'm.user_id = ANY($4::uuid[])', change.ids.filter(isId)) });
        break;
      case 'removeAll':
        note({ added: [], removed: await endAll(tx, group) });
        break;
      case 'replaceAll': {
        const others = 'm.user_id <> ALL($4::uuid[])';
        note({ added: [], removed: await remove(tx, group, others, change.ids.filter(isId)) });
        note({ added: await add(tx, group, change.ids), removed: [] });
        break;
      }
    }
  }
  return { added: [...added], removed: [...removed] };
}

/** Ends every membership that the connection made or shares in; who is local stays. @returns who left */
export async function endAll(tx: EntityManager, group: ManagedGroup): Promise<string[]> {
  return remove(tx, group, 'm.user_id <> ALL($4::uuid[])', []);
}

const ADD = `
WITH living AS (
  SELECT u.id FROM users u
  WHERE u.tenant_id = $1 AND u.id = ANY($4::uuid[]) AND u.deleted_at IS NULL
  ORDER BY u.id FOR SHARE
), changed AS (
  INSERT INTO memberships AS m (tenant_id, group_id, user_id, local, connection_id)
  SELECT $1, $2, id, false, $3::uuid FROM living
  ON CONFLICT (tenant_id, group_id, user_id) DO UPDATE SET connection_id = excluded.connection_id
    WHERE m.connection_id IS DISTINCT FROM excluded.connection_id
  RETURNING user_id, local
)
SELECT (SELECT count(*)::int FROM living) AS living,
       coalesce((SELECT array_agg(user_id) FROM changed WHERE NOT local), '{}') AS added`;

async function add(tx: EntityManager, group: ManagedGroup, ids: string[]): Promise<string[]> {
  const known = ids.filter(isId);
  if (ids.length === 0) return [];
  const [result] = await tx.query<{ living: number; added: string[] }[]>(ADD, [
    group.tenantId,
    group.groupId,
    group.connectionId,
    known,
  ]);
  const skipped = ids.length - (result?.living ?? 0);
  if (skipped > 0) logger.warn({ groupId: group.groupId, skipped }, 'members that are no users here were skipped');
  return result?.added ?? [];
}

/** `which` chooses among the rows by the ids, $4. */
async function remove(tx: EntityManager, group: ManagedGroup, which: string, ids: string[]): Promise<string[]> {
  const params = [group.tenantId, group.groupId, group.connectionId, ids];
  const mine = `m.tenant_id = $1 AND m.group_id = $2 AND m.connection_id = $3 AND ${which}`;
  const [gone] = await tx.query<[{ user_id: string }[], number]>(
    `DELETE FROM memberships m WHERE ${mine} AND NOT m.local RETURNING m.user_id`,
    params,
  );
  await tx.query(`UPDATE memberships m SET connection_id = NULL WHERE ${mine} AND m.local`, params);
  return gone.map((row) => row.user_id);
}

/** Puts users into a group as the app does. @returns who was not in it before */
export async function addLocalMembers(
  tx: EntityManager,
  group: Omit<ManagedGroup, 'connectionId'>,
  userIds: string[],
): Promise<string[]> {
  const rows = await tx.query<{ user_id: string; is_new: boolean }[]>(
    `INSERT INTO memberships AS m (tenant_id, group_id, user_id, local)
     SELECT $1, $2, id, true FROM unnest($3::uuid[]) AS id
     ON CONFLICT (tenant_id, group_id, user_id) DO UPDATE SET local = true WHERE NOT m.local
     RETURNING user_id, connection_id IS NULL AS is_new`,
    [group.tenantId, group.groupId, userIds],
  );
  return rows.filter((row) => row.is_new).map((row) => row.user_id);
}
