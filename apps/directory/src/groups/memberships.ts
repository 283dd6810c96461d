import type { EntityManager } from 'typeorm';
import { SKIPPED_MEMBERS } from '#directory-api/scim-command';
import { type Prepared, run } from '#postgres/prepared';
import { countWarning } from '#runtime/correlation';
import { isId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { ScimError } from '#scim/error';
import type { MemberChange } from '#scim/members';
import { refuseCycle } from './nesting.ts';

/** Which users and which groups are in a group now that were not, and the reverse; a change of provenance alone is neither. */
export interface MembershipDelta {
  added: string[];
  removed: string[];
  addedGroups: string[];
  removedGroups: string[];
}

/** A delta of what is given alone. */
export function deltaOf(delta: Partial<MembershipDelta>): MembershipDelta {
  return { added: [], removed: [], addedGroups: [], removedGroups: [], ...delta };
}

/** One group, as one connection changes it. */
export interface ManagedGroup {
  tenantId: string;
  groupId: string;
  connectionId: string;
}

/**
 * Applies member changes in order, as rows and only those that change: the cost is that of the change, not of the group.
 * A member is what its id is in the tenant, a living user or a living group, whatever the client calls it. A connection adds
 * and ends its own provenance; a local membership stays until the app ends it, unless the connection is set to be
 * authoritative. Ids that are neither are skipped, unless it is set to be strict.
 *
 * To be called within `nestingTransaction`, with the group's row locked.
 *
 * @throws ScimError 400 invalidValue: an unknown member under a strict connection, or a group that would hold itself
 */
export async function changeMembers(
  tx: EntityManager,
  group: ManagedGroup,
  memberChanges: MemberChange[],
): Promise<MembershipDelta> {
  const users = new Net();
  const groups = new Net();
  let skipped = 0;
  for (const change of memberChanges) {
    if (change.op !== 'add') {
      const left = await remove(tx, group, ...chosenBy(change));
      users.note([], left.users);
      groups.note([], left.groups);
    }
    if (change.op === 'add' || change.op === 'replaceAll') {
      const joined = await add(tx, group, change.ids);
      users.note(joined.users, []);
      groups.note(joined.groups, []);
      skipped += joined.skipped;
    }
  }
  if (skipped > 0) {
    countWarning(SKIPPED_MEMBERS, skipped);
    logger.warn({ groupId: group.groupId, skipped }, 'members that are no users or groups here were skipped');
  }
  return {
    added: [...users.added],
    removed: [...users.removed],
    addedGroups: [...groups.added],
    removedGroups: [...groups.removed],
  };
}

/** What several changes come to: who leaves and comes back has not moved. */
class Net {
  readonly added = new Set<string>();
  readonly removed = new Set<string>();

  note(added: string[], removed: string[]): void {
    for (const id of removed) if (!this.added.delete(id)) this.removed.add(id);
    for (const id of added) if (!this.removed.delete(id)) this.added.add(id);
  }
}

/** Ends the connection's part in every membership; who is local stays, whatever its policy. @returns who left */
export async function letGo(tx: EntityManager, group: ManagedGroup): Promise<MembershipDelta> {
  const left = await remove(tx, group, LET_GO, []);
  return deltaOf({ removed: left.users, removedGroups: left.groups });
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

async function add(
  tx: EntityManager,
  group: ManagedGroup,
  ids: string[],
): Promise<{ users: string[]; groups: string[]; skipped: number }> {
  if (ids.length === 0) return { users: [], groups: [], skipped: 0 };
  const known = ids.filter(isId);
  const [result] = await run<{ living: number; strict: boolean; added: string[] }>(tx, ADD, [
    group.tenantId,
    group.groupId,
    group.connectionId,
    known,
  ]);
  const living = result?.living ?? 0;
  const groups = living < known.length ? await addGroups(tx, group, known) : { living: 0, added: [] };
  const skipped = ids.length - living - groups.living;
  if (skipped > 0 && result?.strict) throw new ScimError(400, unknownMembers(skipped), 'invalidValue');
  return { users: result?.added ?? [], groups: groups.added, skipped };
}

function unknownMembers(count: number): string {
  return `${count} of the members are no users or groups here. Assign them to the app first (Okta: Assignments), push the groups, or let unknown members be skipped (ctl scim on --unknown-members skipped).`;
}

const FIND_GROUPS: Prepared = {
  name: 'find_groups_to_add',
  text: `
SELECT g.id, s.member_id IS NOT NULL AS "isMember"
FROM groups g LEFT JOIN subgroups s ON s.tenant_id = $1 AND s.group_id = $2 AND s.member_id = g.id
WHERE g.tenant_id = $1 AND g.id = ANY($3::uuid[]) AND g.deleted_at IS NULL`,
};

const ADD_GROUPS: Prepared = {
  name: 'add_groups',
  text: `
WITH living AS (
  SELECT g.id FROM groups g WHERE g.tenant_id = $1 AND g.id = ANY($4::uuid[]) AND g.deleted_at IS NULL
), changed AS (
  INSERT INTO subgroups AS s (tenant_id, group_id, member_id, local, connection_id)
  SELECT $1, $2, id, false, $3::uuid FROM living
  ON CONFLICT (tenant_id, group_id, member_id) DO UPDATE SET connection_id = excluded.connection_id
    WHERE s.connection_id IS DISTINCT FROM excluded.connection_id
  RETURNING member_id, local
)
SELECT (SELECT count(*)::int FROM living) AS living,
       coalesce((SELECT array_agg(member_id) FROM changed WHERE NOT local), '{}') AS added`,
};

/**
 * A group that is a member already cannot go while this group's row is locked, and closes no cycle. For the others the
 * tenant's nesting lock is taken: none of them goes and no edge is made until the transaction ends.
 */
async function addGroups(
  tx: EntityManager,
  { tenantId, groupId, connectionId }: ManagedGroup,
  ids: string[],
): Promise<{ living: number; added: string[] }> {
  const found = await run<{ id: string; isMember: boolean }>(tx, FIND_GROUPS, [tenantId, groupId, ids]);
  if (found.length === 0) return { living: 0, added: [] };
  const joining = found.filter(({ isMember }) => !isMember).map(({ id }) => id);
  if (joining.length > 0) await refuseCycle(tx, tenantId, groupId, joining);
  const chosen = found.map(({ id }) => id);
  const params = [tenantId, groupId, connectionId, chosen];
  const [result] = await run<{ living: number; added: string[] }>(tx, ADD_GROUPS, params);
  return result ?? { living: 0, added: [] };
}

const AUTHORITATIVE = `(SELECT member_policy = 'idp_is_authoritative' FROM connections c WHERE c.tenant_id = $1 AND c.id = $3)`;

/**
 * Ends the connection's provenance for the members whose ids a condition on $4 chooses: who is local as well stays, the
 * others leave and are returned. Where `overrules` is true, local memberships end with it.
 */
function ending(name: string, which: string, overrules = AUTHORITATIVE): Prepared {
  const endIn = (table: string, member: string) => {
    const chosen = `m.tenant_id = $1 AND m.group_id = $2 AND m.${member} ${which}`;
    return `
${table}_stay AS (
  UPDATE ${table} m SET connection_id = NULL WHERE ${chosen} AND m.connection_id = $3 AND m.local AND NOT ${overrules}
), ${table}_leave AS (
  DELETE FROM ${table} m WHERE ${chosen} AND (m.connection_id = $3 AND NOT m.local OR ${overrules}) RETURNING m.${member} AS id
)`;
  };
  return {
    name,
    text: `
WITH ${endIn('memberships', 'user_id')}, ${endIn('subgroups', 'member_id')}
SELECT id, false AS "isGroup" FROM memberships_leave UNION ALL SELECT id, true FROM subgroups_leave`,
  };
}

const END_THESE = ending('end_these_members', '= ANY($4::uuid[])');
const END_OTHERS = ending('end_other_members', '<> ALL($4::uuid[])');
const LET_GO = ending('let_go_members', '<> ALL($4::uuid[])', 'false');

function chosenBy(change: Exclude<MemberChange, { op: 'add' }>): [Prepared, string[]] {
  if (change.op === 'remove') return [END_THESE, change.ids];
  return [END_OTHERS, change.op === 'removeAll' ? [] : change.ids];
}

async function remove(
  tx: EntityManager,
  group: ManagedGroup,
  which: Prepared,
  ids: string[],
): Promise<{ users: string[]; groups: string[] }> {
  const params = [group.tenantId, group.groupId, group.connectionId, ids.filter(isId)];
  const gone = await run<{ id: string; isGroup: boolean }>(tx, which, params);
  const idsOf = (groups: boolean) => gone.filter(({ isGroup }) => isGroup === groups).map(({ id }) => id);
  return { users: idsOf(false), groups: idsOf(true) };
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

/** Puts groups into one that was made in this transaction, which nothing holds yet, so that no cycle can close. */
export async function addLocalGroups(
  tx: EntityManager,
  { tenantId, groupId }: Omit<ManagedGroup, 'connectionId'>,
  memberIds: string[],
): Promise<void> {
  await tx.query(
    `INSERT INTO subgroups (tenant_id, group_id, member_id, local) SELECT $1, $2, id, true FROM unnest($3::uuid[]) AS id`,
    [tenantId, groupId, memberIds],
  );
}
