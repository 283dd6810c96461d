import type { EntityManager } from 'typeorm';
import { isUniqueViolation } from '#postgres/postgres-error';
import { type Prepared, run } from '#postgres/prepared';
import { isId } from '#runtime/ids';
import { ScimError } from '#scim/error';
import { groupType } from '#scim/group';
import type { Columns } from '../query/columns.ts';
import type { Listed } from '../query/list.ts';
import { Group } from './group.entity.ts';
import type { Members } from './group-resource.ts';

/** A group, with its members where they were asked for. */
export type GroupRow = Group & Partial<Members>;

const COLUMNS = `
g.tenant_id AS "tenantId", g.id, g.display_name AS "displayName", g.display_name_key AS "displayNameKey",
g.external_id AS "externalId", g.origin, g.managed_by AS "managedBy", g.protected, g.data, g.version,
g.created_at AS "createdAt", g.updated_at AS "updatedAt", g.deleted_at AS "deletedAt"`;

const MEMBERS = `
coalesce((SELECT json_agg(json_build_object('value', u.id, 'display', u.user_name) ORDER BY u.id)
          FROM memberships m JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
          WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id), '[]') AS members,
coalesce((SELECT json_agg(json_build_object('value', member.id, 'display', member.display_name) ORDER BY member.id)
          FROM subgroups s JOIN groups member ON member.tenant_id = s.tenant_id AND member.id = s.member_id
          WHERE s.tenant_id = g.tenant_id AND s.group_id = g.id), '[]') AS subgroups`;

/** Users and groups in groups. One question over both, so that a search by member starts at their indexes. */
const EVERY_MEMBER = `(SELECT tenant_id, group_id, user_id AS member_id FROM memberships
 UNION ALL SELECT tenant_id, group_id, member_id FROM subgroups)`;

/** Attributes of a group that have a column, and so an index. */
const GROUP_COLUMNS: Columns = {
  data: 'g.data',
  byName: {
    id: { column: 'g.id', uuid: true, lookup: true, required: true },
    displayName: { column: 'g.display_name_key', canonical: true, lookup: true, required: true, ordered: true },
    externalId: { column: 'g.external_id', lookup: true, ordered: true },
    'meta.created': { column: 'g.created_at', required: true },
    'meta.lastModified': { column: 'g.updated_at', required: true },
    'meta.resourceType': { column: `'${groupType.name}'::text`, required: true },
    'meta.version': { column: `('W/"' || g.version || '"')`, required: true },
    'members.value': {
      column: 'm.member_id',
      uuid: true,
      within: (test = 'true') =>
        `EXISTS (SELECT 1 FROM ${EVERY_MEMBER} m WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id AND ${test})`,
    },
  },
  elsewhere: ['members', 'meta'],
};

/** How groups are listed (query/list.ts). Without members a group costs its row alone. */
export function groupsListed(withMembers: boolean): Listed {
  const source = { table: 'groups', alias: 'g', select: selectGroups(withMembers) };
  return { type: groupType, source, columns: GROUP_COLUMNS };
}

const LIVING = 'g.tenant_id = $1 AND g.deleted_at IS NULL';
const FOR_CHANGE = 'FOR NO KEY UPDATE OF g';

const FIND: Prepared = { name: 'find_group', text: `${selectGroups(false)} WHERE ${LIVING} AND g.id = $2` };
const FIND_WITH_MEMBERS: Prepared = {
  name: 'find_group_with_members',
  text: `${selectGroups(true)} WHERE ${LIVING} AND g.id = $2`,
};
const LOCK: Prepared = { name: 'lock_group', text: `${FIND.text} ${FOR_CHANGE}` };
const LOCK_BY_NAME: Prepared = {
  name: 'lock_group_by_name',
  text: `${selectGroups(false)} WHERE ${LIVING} AND g.display_name_key = $2 ${FOR_CHANGE}`,
};
const LOCK_PARENTS: Prepared = {
  name: 'lock_parents',
  text: `${selectGroups(false)} WHERE ${LIVING}
AND g.id IN (SELECT s.group_id FROM subgroups s WHERE s.tenant_id = $1 AND s.member_id = $2) ORDER BY g.id ${FOR_CHANGE}`,
};
const UPDATE: Prepared = {
  name: 'update_group',
  text: `
UPDATE groups SET display_name = $3, display_name_key = $4, external_id = $5, managed_by = $6, data = $7, version = $8,
                  updated_at = $9, deleted_at = $10
WHERE tenant_id = $1 AND id = $2`,
};

/** @throws ScimError 403: the group is the app's, and no connection may take it over */
export function refuseProtected(group: Group): void {
  if (group.managedBy !== null || !group.protected) return;
  throw new ScimError(
    403,
    'This group is protected in the app because it grants rights, so an identity provider cannot link it. Push a group of another name, or have an admin lift the protection.',
  );
}

/** @throws ScimError 404 */
export async function findGroup(tx: EntityManager, tenantId: string, id: string, members: boolean): Promise<GroupRow> {
  return one(tx, members ? FIND_WITH_MEMBERS : FIND, tenantId, id);
}

/** The group's row, locked until the transaction ends; its writers wait for each other here. @throws ScimError 404 */
export async function lockGroup(tx: EntityManager, tenantId: string, id: string): Promise<Group> {
  return one(tx, LOCK, tenantId, id);
}

/** The groups that this one is a member of, locked in the order of their ids. */
export async function lockParents(tx: EntityManager, tenantId: string, id: string): Promise<Group[]> {
  return run<GroupRow>(tx, LOCK_PARENTS, [tenantId, id]);
}

/** The living group of this canonical name, locked, if there is one. */
export async function lockGroupByName(tx: EntityManager, tenantId: string, key: string): Promise<Group | undefined> {
  const [row] = await run<GroupRow>(tx, LOCK_BY_NAME, [tenantId, key]);
  return row;
}

/** @throws ScimError 409 uniqueness when the name is taken */
export async function insertGroup(tx: EntityManager, group: Group): Promise<void> {
  await uniquely(() => tx.insert(Group, group as never));
}

/** Writes what a change may change. @throws ScimError 409 uniqueness when the name is taken */
export async function updateGroup(tx: EntityManager, group: Group): Promise<void> {
  const { tenantId, id, displayName, displayNameKey, externalId, managedBy, data, version } = group;
  const columns = [tenantId, id, displayName, displayNameKey, externalId, managedBy, data, version];
  await uniquely(() => run(tx, UPDATE, [...columns, group.updatedAt, group.deletedAt]));
}

function selectGroups(withMembers: boolean): string {
  return `SELECT ${COLUMNS} ${withMembers ? `, ${MEMBERS}` : ''} FROM groups g`;
}

async function one(tx: EntityManager, statement: Prepared, tenantId: string, id: string): Promise<GroupRow> {
  const [row] = isId(id) ? await run<GroupRow>(tx, statement, [tenantId, id]) : [];
  if (!row) {
    throw new ScimError(
      404,
      `No group has the id ${id.slice(0, 64)}. It may have been deleted; look it up by displayName.`,
    );
  }
  return row;
}

/** A name that somebody else took; `create` links a local group before it comes to this. */
export function nameTaken(): ScimError {
  const detail = 'A group of this name exists already. Find it with filter=displayName eq "…" and update it by its id.';
  return new ScimError(409, detail, 'uniqueness');
}

async function uniquely(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw isUniqueViolation(error, 'groups_display_name') ? nameTaken() : error;
  }
}
