import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type {
  CreateLocalGroup,
  CreateLocalUser,
  GroupSummary,
  ListLocal,
  SignIn,
  UserSummary,
} from '#directory-api/admin';
import type { Cause } from '#events/envelope';
import { append } from '#outbox/append';
import { isUniqueViolation } from '#postgres/postgres-error';
import { transaction } from '#postgres/transaction';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { canonicalKey } from '#scim/canonical';
import { ScimError } from '#scim/error';
import { GROUP_URN } from '#scim/group';
import { USER_URN } from '#scim/user';
import { Group } from '../groups/group.entity.ts';
import * as groupFacts from '../groups/group-events.ts';
import * as groupResource from '../groups/group-resource.ts';
import { addLocalGroups, addLocalMembers, deltaOf } from '../groups/memberships.ts';
import { waitToNest } from '../groups/nesting.ts';
import { lockTenant } from '../tenants/tenants.service.ts';
import type { User } from '../users/user.entity.ts';
import * as userFacts from '../users/user-events.ts';
import * as userResource from '../users/user-resource.ts';
import { insertUser, lockUser } from '../users/user-rows.ts';

/** Users and groups made in the app, without an identity provider. */
@Injectable()
export class LocalService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws ScimError 404 no such tenant; 409 the name is taken */
  async createUser({ tenantId, email, givenName, familyName, admin }: CreateLocalUser, cause: Cause): Promise<User> {
    const now = this.clock.now();
    const name = { ...(givenName && { givenName }), ...(familyName && { familyName }) };
    const columns = userResource.toColumns({
      schemas: [USER_URN],
      userName: email,
      active: true,
      ...(Object.keys(name).length > 0 && { name }),
      emails: [{ value: email, type: 'work', primary: true }],
    });
    const user: User = { ...fresh(tenantId, now), firstSignedInAt: null, admin: admin ?? false, ...columns };
    await transaction(this.dataSource, async (tx) => {
      await lockTenant(tx, tenantId);
      await insertUser(tx, user);
      await append(tx, userFacts.userEvent(user, user.version, userFacts.created(user), cause, now));
    });
    return user;
  }

  /** @throws ScimError 404 no such tenant, or a member nobody has; 409 the name is taken */
  async createGroup({ tenantId, name, members, groups = [] }: CreateLocalGroup, cause: Cause): Promise<Group> {
    const now = this.clock.now();
    const columns = groupResource.toColumns({ schemas: [GROUP_URN], displayName: name });
    const group: Group = { ...fresh(tenantId, now), origin: 'local', protected: false, ...columns };
    return transaction(this.dataSource, async (tx) => {
      if (groups.length > 0) await waitToNest(tx, tenantId);
      await lockTenant(tx, tenantId);
      const addedGroups = await findByDisplayName(tx, tenantId, groups);
      const userIds = await findByUserName(tx, tenantId, members);
      await uniquely(`A group named ${name} exists already.`, () => tx.insert(Group, group as never));
      const added = await addLocalMembers(tx, { tenantId, groupId: group.id }, userIds);
      await addLocalGroups(tx, { tenantId, groupId: group.id }, addedGroups);
      const facts = groupFacts.created(group, deltaOf({ added, addedGroups }));
      await tx.update(Group, { tenantId, id: group.id }, { version: facts.length });
      await append(tx, ...groupFacts.groupEvents(group, 0, facts, cause, now));
      return { ...group, version: facts.length };
    });
  }

  /**
   * Somebody signed in to the app. The first time is told; later ones change nothing.
   *
   * @throws ScimError 404 nobody is named so; 403 the user is deactivated, or the plan's cap is reached
   */
  async signIn({ tenantId, userName }: SignIn, cause: Cause): Promise<User> {
    return transaction(this.dataSource, async (tx) => {
      const [id = ''] = await findByUserName(tx, tenantId, [userName]);
      const user = await lockUser(tx, tenantId, id);
      if (!user.active) {
        throw new ScimError(403, `${user.userName} is deactivated. Whoever manages the user can activate it again.`);
      }
      if (user.firstSignedInAt) return user;
      const now = this.clock.now();
      const after = { ...user, firstSignedInAt: now, version: user.version + 1 };
      await tx.query('UPDATE users SET first_signed_in_at = $3, version = $4 WHERE tenant_id = $1 AND id = $2', [
        tenantId,
        id,
        now,
        after.version,
      ]);
      await append(tx, userFacts.userEvent(after, after.version, userFacts.signedIn(after), cause, now));
      return after;
    });
  }

  async listUsers({ tenantId, after, limit }: ListLocal): Promise<UserSummary[]> {
    return this.dataSource.query(
      `SELECT id, user_name AS "userName", active, admin, managed_by AS "managedBy" FROM users
       WHERE tenant_id = $1 AND deleted_at IS NULL AND user_name_key > $2 ORDER BY user_name_key LIMIT $3`,
      [tenantId, after ? canonicalKey(after) : '', limit],
    );
  }

  async listGroups({ tenantId, after, limit }: ListLocal): Promise<GroupSummary[]> {
    return this.dataSource.query(
      `SELECT g.id, g.display_name AS "displayName", g.managed_by AS "managedBy",
              ((SELECT count(*) FROM memberships m WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id) +
               (SELECT count(*) FROM subgroups s WHERE s.tenant_id = g.tenant_id AND s.group_id = g.id))::int AS members
       FROM groups g WHERE g.tenant_id = $1 AND g.deleted_at IS NULL AND g.display_name_key > $2
       ORDER BY g.display_name_key LIMIT $3`,
      [tenantId, after ? canonicalKey(after) : '', limit],
    );
  }
}

function fresh(tenantId: string, now: Date) {
  return { tenantId, id: newId(), managedBy: null, version: 1, createdAt: now, updatedAt: now, deletedAt: null };
}

async function findByUserName(tx: EntityManager, tenantId: string, userNames: string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string; user_name_key: string }[]>(
    `SELECT id, user_name_key FROM users
     WHERE tenant_id = $1 AND user_name_key = ANY($2::text[]) AND deleted_at IS NULL ORDER BY id FOR SHARE`,
    [tenantId, userNames.map(canonicalKey)],
  );
  const found = new Set(rows.map((row) => row.user_name_key));
  const missing = userNames.find((userName) => !found.has(canonicalKey(userName)));
  if (missing) throw new ScimError(404, `Nobody is named ${missing}. Create the user first: ctl users create`);
  return rows.map((row) => row.id);
}

async function findByDisplayName(tx: EntityManager, tenantId: string, names: string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await tx.query<{ id: string; key: string }[]>(
    `SELECT id, display_name_key AS key FROM groups
     WHERE tenant_id = $1 AND display_name_key = ANY($2::text[]) AND deleted_at IS NULL ORDER BY id`,
    [tenantId, names.map(canonicalKey)],
  );
  const found = new Set(rows.map((row) => row.key));
  const missing = names.find((name) => !found.has(canonicalKey(name)));
  if (missing) throw new ScimError(404, `No group is named ${missing}. Create it first: ctl groups create`);
  return rows.map((row) => row.id);
}

async function uniquely<T>(detail: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isUniqueViolation(error) ? new ScimError(409, detail, 'uniqueness') : error;
  }
}
