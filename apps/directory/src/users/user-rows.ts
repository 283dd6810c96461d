import type { EntityManager } from 'typeorm';
import { isId } from '#runtime/ids';
import { ScimError } from '#scim/error';
import type { Columns } from '../query/filter-sql.ts';
import type { RowSource } from '../query/page.ts';
import type { User } from './user.entity.ts';
import type { GroupOfUser } from './user-resource.ts';

/** A user with the groups it is in. */
export type UserRow = User & { groups: GroupOfUser[] };

const SELECT = `
SELECT u.tenant_id AS "tenantId", u.id, u.user_name AS "userName", u.user_name_key AS "userNameKey",
       u.external_id AS "externalId", u.active, u.admin, u.managed_by AS "managedBy", u.data, u.version,
       u.created_at AS "createdAt", u.updated_at AS "updatedAt", u.deleted_at AS "deletedAt",
       coalesce((SELECT json_agg(json_build_object('value', g.id, 'display', g.display_name) ORDER BY g.id)
                 FROM memberships m JOIN groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
                 WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id), '[]') AS groups
FROM users u`;

/** How a page of users is read (query/page.ts). */
export const USER_ROWS: RowSource = { table: 'users', alias: 'u', select: SELECT };

/** Attributes of a user that have a column, and so an index. */
export const userColumns: Columns = {
  data: 'u.data',
  byName: {
    id: { column: 'u.id', uuid: true },
    userName: { column: 'u.user_name_key', canonical: true },
    externalId: { column: 'u.external_id' },
    active: { column: 'u.active' },
    'meta.created': { column: 'u.created_at' },
    'meta.lastModified': { column: 'u.updated_at' },
    'groups.value': {
      column: 'm.group_id',
      uuid: true,
      within: 'SELECT 1 FROM memberships m WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id',
    },
  },
  elsewhere: ['groups', 'meta'],
};

/** @throws ScimError 404 */
export async function findUser(tx: EntityManager, tenantId: string, id: string): Promise<UserRow> {
  return one(await query(tx, tenantId, id, ''), id);
}

/** The same with the row locked until the transaction ends. @throws ScimError 404 */
export async function lockUser(tx: EntityManager, tenantId: string, id: string): Promise<UserRow> {
  return one(await query(tx, tenantId, id, 'FOR NO KEY UPDATE OF u'), id);
}

async function query(tx: EntityManager, tenantId: string, id: string, lock: string): Promise<UserRow[]> {
  if (!isId(id)) return [];
  return tx.query(`${SELECT} WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL ${lock}`, [tenantId, id]);
}

function one([row]: UserRow[], id: string): UserRow {
  if (!row) {
    throw new ScimError(
      404,
      `No user has the id ${id.slice(0, 64)}. It may have been deleted; look it up by userName.`,
    );
  }
  return row;
}
