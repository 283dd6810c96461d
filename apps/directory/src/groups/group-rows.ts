import type { EntityManager } from 'typeorm';
import { isId } from '#runtime/ids';
import { ScimError } from '#scim/error';
import type { Columns } from '../query/filter-sql.ts';
import type { RowSource } from '../query/page.ts';
import type { Group } from './group.entity.ts';
import type { MemberOfGroup } from './group-resource.ts';

/** A group, with its members where they were asked for. */
export type GroupRow = Group & { members?: MemberOfGroup[] };

const COLUMNS = `
g.tenant_id AS "tenantId", g.id, g.display_name AS "displayName", g.display_name_key AS "displayNameKey",
g.external_id AS "externalId", g.origin, g.managed_by AS "managedBy", g.data, g.version,
g.created_at AS "createdAt", g.updated_at AS "updatedAt", g.deleted_at AS "deletedAt"`;

const MEMBERS = `
coalesce((SELECT json_agg(json_build_object('value', u.id, 'display', u.user_name) ORDER BY u.id)
          FROM memberships m JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
          WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id), '[]') AS members`;

/** How a page of groups is read (query/page.ts). Without members a group costs its row alone. */
export function groupRows(withMembers: boolean): RowSource {
  return { table: 'groups', alias: 'g', select: selectGroups(withMembers) };
}

/** Attributes of a group that have a column, and so an index. */
export const groupColumns: Columns = {
  data: 'g.data',
  byName: {
    id: { column: 'g.id', uuid: true },
    displayName: { column: 'g.display_name_key', canonical: true },
    externalId: { column: 'g.external_id' },
    'meta.created': { column: 'g.created_at' },
    'meta.lastModified': { column: 'g.updated_at' },
    'members.value': {
      column: 'm.user_id',
      uuid: true,
      within: 'SELECT 1 FROM memberships m WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id',
    },
  },
  elsewhere: ['members', 'meta'],
};

/** @throws ScimError 404 */
export async function findGroup(tx: EntityManager, tenantId: string, id: string, members: boolean): Promise<GroupRow> {
  return one(isId(id) ? await tx.query(`${selectGroups(members)} ${BY_ID}`, [tenantId, id]) : [], id);
}

/** The group's row, locked until the transaction ends; its writers wait for each other here. @throws ScimError 404 */
export async function lockGroup(tx: EntityManager, tenantId: string, id: string): Promise<Group> {
  return one(isId(id) ? await tx.query(`${selectGroups(false)} ${BY_ID} ${LOCK}`, [tenantId, id]) : [], id);
}

/** The living group of this canonical name, locked, if there is one. */
export async function lockGroupByName(tx: EntityManager, tenantId: string, key: string): Promise<Group | undefined> {
  const [row] = await tx.query<Group[]>(
    `${selectGroups(false)} WHERE g.tenant_id = $1 AND g.display_name_key = $2 AND g.deleted_at IS NULL ${LOCK}`,
    [tenantId, key],
  );
  return row;
}

const BY_ID = 'WHERE g.tenant_id = $1 AND g.id = $2 AND g.deleted_at IS NULL';
const LOCK = 'FOR NO KEY UPDATE OF g';

function selectGroups(withMembers: boolean): string {
  return `SELECT ${COLUMNS} ${withMembers ? `, ${MEMBERS}` : ''} FROM groups g`;
}

function one([row]: GroupRow[], id: string): GroupRow {
  if (!row) {
    throw new ScimError(
      404,
      `No group has the id ${id.slice(0, 64)}. It may have been deleted; look it up by displayName.`,
    );
  }
  return row;
}
