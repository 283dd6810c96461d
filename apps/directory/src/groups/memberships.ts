import type { EntityManager } from 'typeorm';
import { SKIPPED_MEMBERS } from '#directory-api/scim-command';
import { type Prepared, run } from '#postgres/prepared';
import { countWarning } from '#runtime/correlation';
import { isId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { ScimError } from '#scim/error';
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
 * A connection adds and ends its own provenance; a local membership stays until the app ends it, unless the connection is
 * set to be authoritative. Ids that no living user of the tenant has are skipped, unless it is set to be strict.
 *
 * @throws ScimError 400 invalidValue: an unknown member under a strict connection
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
        note({ added: [], removed: await remove(tx, group, END_THESE, change.ids) });
        break;
      case 'removeAll':
        note({ added: [], removed: await remove(tx, group, END_OTHERS, []) });
        break;
      case 'replaceAll':
        note({ added: [], removed: await remove(tx, group, END_OTHERS, change.ids) });
        note({ added: await add(tx, group, change.ids), removed: [] });
        break;
    }
  }
  return { added: [...added], removed: [...removed] };
}

/** Ends the connection's part in every membership; who is local stays, whatever its policy. @returns who left */
export async function letGo(tx: EntityManager, group: ManagedGroup): Promise<string[]> {
  return remove(tx, group, LET_GO, []);
}

const ADD: Prepared = {
  name: 'add_members',
  text: `
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
       (SELECT strict_members FROM connections c WHERE c.tenant_id = $1 AND c.id = $3) AS strict,
       coalesce((SELECT array_agg(user_id) FROM changed WHERE NOT local), '{}') AS added`,
};

async function add(tx: EntityManager, group: ManagedGroup, ids: string[]): Promise<string[]> {
  const known = ids.filter(isId);
  if (ids.length === 0) return [];
  const [result] = await run<{ living: number; strict: boolean; added: string[] }>(tx, ADD, [
    group.tenantId,
    group.groupId,
    group.connectionId,
    known,
  ]);
  const skipped = ids.length - (result?.living ?? 0);
  if (skipped > 0 && result?.strict) throw new ScimError(400, unknownMembers(skipped), 'invalidValue');
  if (skipped > 0) countWarning(SKIPPED_MEMBERS, skipped);
  if (skipped > 0) logger.warn({ groupId: group.groupId, skipped }, 'members that are no users here were skipped');
  return result?.added ?? [];
}

function unknownMembers(count: number): string {
  return `${count} of the members are no users here. Assign them to the app first (Okta: Assignments), or let unknown members be skipped (ctl scim on --unknown-members skipped).`;
}

const AUTHORITATIVE = `(SELECT member_policy = 'idp_is_authoritative' FROM connections c WHERE c.tenant_id = $1 AND c.id = $3)`;

/**
 * Ends the connection's provenance for the rows that a condition on the ids, $4, chooses: who is local as well stays, the
 * others leave and are returned. Where `overrules` is true, local memberships end with it.
 */
function ending(name: string, which: string, overrules = AUTHORITATIVE): Prepared {
  const chosen = `m.tenant_id = $1 AND m.group_id = $2 AND ${which}`;
  return {
    name,
    text: `
WITH stay AS (
  UPDATE memberships m SET connection_id = NULL WHERE ${chosen} AND m.connection_id = $3 AND m.local AND NOT ${overrules}
), leave AS (
  DELETE FROM memberships m WHERE ${chosen} AND (m.connection_id = $3 AND NOT m.local OR ${overrules}) RETURNING m.user_id
)
SELECT user_id FROM leave`,
  };
}

const END_THESE = ending('end_these_members', 'm.user_id = ANY($4::uuid[])');
const END_OTHERS = ending('end_other_members', 'm.user_id <> ALL($4::uuid[])');
const LET_GO = ending('let_go_members', 'm.user_id <> ALL($4::uuid[])', 'false');

async function remove(tx: EntityManager, group: ManagedGroup, which: Prepared, ids: string[]): Promise<string[]> {
  const params = [group.tenantId, group.groupId, group.connectionId, ids.filter(isId)];
  const gone = await run<{ user_id: string }>(tx, which, params);
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
