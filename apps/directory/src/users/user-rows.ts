import type { EntityManager } from 'typeorm';
import { isUniqueViolation } from '#postgres/postgres-error';
import { type Prepared, run } from '#postgres/prepared';
import { isId } from '#runtime/ids';
import { ScimError } from '#scim/error';
import { userType } from '#scim/user';
import type { Columns } from '../query/columns.ts';
import type { Listed } from '../query/list.ts';
import type { User } from './user.entity.ts';
import type { Groups } from './user-resource.ts';

/** A user with the groups it is in. */
export type UserRow = User & Groups;

/** The groups over those that hold a user, but for these. Asked only in a tenant that has groups in groups; $1 is the tenant. */
const INDIRECT_GROUPS = `
WITH RECURSIVE above AS (
  SELECT s.group_id AS id FROM memberships m JOIN subgroups s ON s.tenant_id = m.tenant_id AND s.member_id = m.group_id
  WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id
  UNION
  SELECT s.group_id FROM above JOIN subgroups s ON s.tenant_id = $1 AND s.member_id = above.id
)
SELECT json_agg(json_build_object('value', g.id, 'display', g.display_name) ORDER BY g.id)
FROM above JOIN groups g ON g.tenant_id = $1 AND g.id = above.id
WHERE NOT EXISTS (SELECT 1 FROM memberships m WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id AND m.group_id = g.id)`;

const SELECT = `
SELECT u.tenant_id AS "tenantId", u.id, u.user_name AS "userName", u.user_name_key AS "userNameKey",
       u.external_id AS "externalId", u.active, u.admin, u.managed_by AS "managedBy", u.data, u.version, u.display_name_key AS "displayNameKey", u.email_keys AS "emailKeys",
       u.created_at AS "createdAt", u.updated_at AS "updatedAt", u.deleted_at AS "deletedAt", u.first_signed_in_at AS "firstSignedInAt",
       coalesce((SELECT json_agg(json_build_object('value', g.id, 'display', g.display_name) ORDER BY g.id)
                 FROM memberships m JOIN groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
                 WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id), '[]') AS groups,
       CASE WHEN EXISTS (SELECT 1 FROM subgroups s WHERE s.tenant_id = $1) THEN (${INDIRECT_GROUPS}) END AS "indirectGroups"
FROM users u`;

/**
 * Holds for who is in a group that `test` holds for: in it, or in a group in it, over any number of levels. These groups are
 * found first and once, downwards; without a test it is enough to be in any group.
 */
function inGroup(test?: string): string {
  const member = 'SELECT 1 FROM memberships m WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id';
  if (test === undefined) return `EXISTS (${member})`;
  return `EXISTS (${member} AND m.group_id = ANY (ARRAY(
    WITH RECURSIVE below AS (
      SELECT sought.id FROM groups sought WHERE sought.tenant_id = $1 AND sought.deleted_at IS NULL AND ${test}
      UNION
      SELECT s.member_id FROM below JOIN subgroups s ON s.tenant_id = $1 AND s.group_id = below.id
    )
    SELECT below.id FROM below)))`;
}

/** Attributes of a user that have a column, and so an index. */
const COLUMNS: Columns = {
  data: 'u.data',
  byName: {
    id: { column: 'u.id', uuid: true, lookup: true, required: true },
    userName: { column: 'u.user_name_key', canonical: true, lookup: true, required: true, ordered: true },
    externalId: { column: 'u.external_id', lookup: true, ordered: true },
    displayName: { column: 'u.display_name_key', canonical: true, ordered: true, cut: true },
    'emails.value': {
      column: 'held.email_keys',
      canonical: true,
      cut: true,
      array: 'SELECT held.id FROM users held WHERE held.tenant_id = $1 AND held.deleted_at IS NULL',
    },
    active: { column: 'u.active', required: true },
    'meta.created': { column: 'u.created_at', required: true },
    'meta.lastModified': { column: 'u.updated_at', required: true },
    'meta.resourceType': { column: `'${userType.name}'::text`, required: true },
    'meta.version': { column: `('W/"' || u.version || '"')`, required: true },
    'groups.value': {
      column: 'sought.id',
      uuid: true,
      within: inGroup,
    },
  },
  elsewhere: ['groups', 'meta'],
};

/** How users are listed (query/list.ts). */
export const USERS_LISTED: Listed = {
  type: userType,
  source: { table: 'users', alias: 'u', select: SELECT },
  columns: COLUMNS,
};

const FIND: Prepared = {
  name: 'find_user',
  text: `${SELECT} WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL`,
};

const LOCK: Prepared = { name: 'lock_user', text: `${FIND.text} FOR NO KEY UPDATE OF u` };

/** Columns of a new user; {@link userValues} in this order. */
export const USER_COLUMNS =
  'tenant_id, id, user_name, user_name_key, external_id, active, admin, managed_by, data, version, created_at, updated_at, display_name_key, email_keys';

const INSERT: Prepared = {
  name: 'insert_user',
  text: `
INSERT INTO users (${USER_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
};

/** @throws ScimError 404 */
export async function findUser(tx: EntityManager, tenantId: string, id: string): Promise<UserRow> {
  return one(tx, FIND, tenantId, id);
}

/** The same with the row locked until the transaction ends. @throws ScimError 404 */
export async function lockUser(tx: EntityManager, tenantId: string, id: string): Promise<UserRow> {
  return one(tx, LOCK, tenantId, id);
}

/** Saves a new user within a transaction. @throws ScimError 409 uniqueness when the userName is taken, by whomever */
export async function insertUser(tx: EntityManager, user: User): Promise<void> {
  await uniquely(() => run(tx, INSERT, userValues(user)));
}

export function userValues(user: User): unknown[] {
  const { tenantId, id, userName, userNameKey, externalId, active, admin, managedBy, data, version } = user;
  const columns = [tenantId, id, userName, userNameKey, externalId, active, admin, managedBy, data, version];
  return [...columns, user.createdAt, user.updatedAt, user.displayNameKey, user.emailKeys];
}

async function one(tx: EntityManager, statement: Prepared, tenantId: string, id: string): Promise<UserRow> {
  const [row] = isId(id) ? await run<UserRow>(tx, statement, [tenantId, id]) : [];
  if (!row) {
    throw new ScimError(
      404,
      `No user has the id ${id.slice(0, 64)}. It may have been deleted; look it up by userName.`,
    );
  }
  return row;
}

const TAKEN =
  'A user with this userName exists already, perhaps inactive or made in the app. Find it with filter=userName eq "…" and update it by its id.';

export function userNameTaken(): ScimError {
  return new ScimError(409, TAKEN, 'uniqueness');
}

/** @throws ScimError 409 uniqueness in place of the index's error */
export async function uniquely<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isUniqueViolation(error, 'users_user_name') ? userNameTaken() : error;
  }
}
