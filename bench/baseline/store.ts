import { Pool } from 'pg';
import { cloudEvent } from '#events/envelope';
import { GROUP_CREATED } from '#events/group-created.v1';
import { GROUP_MEMBERS_CHANGED } from '#events/group-members-changed.v1';
import { USER_ACTIVATED } from '#events/user-activated.v1';
import { USER_CREATED } from '#events/user-created.v1';
import { USER_DEACTIVATED } from '#events/user-deactivated.v1';
import { partitionOf } from '#outbox/partition';
import { newId } from '#runtime/ids';

const POOL = 10;

const USER_COLUMNS = `
u.id, u.data, u.version, u.created_at AS "createdAt", u.updated_at AS "updatedAt",
coalesce((SELECT json_agg(json_build_object('value', g.id, 'display', g.display_name) ORDER BY g.id)
          FROM memberships m JOIN groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
          WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id), '[]') AS groups`;

const OUTBOX = 'outbox (tenant_id, id, partition, type, subject, command_id, occurred_at, event)';

const STATEMENTS = {
  createUser: `
WITH made AS (
  INSERT INTO users (tenant_id, id, user_name, user_name_key, external_id, active, managed_by, data, version, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, true, $6, $7, 1, $8, $8)
)
INSERT INTO ${OUTBOX} VALUES ($1, $9, $10, $11, $12, $13, $8, $14)`,

  userById: `SELECT ${USER_COLUMNS} FROM users u WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL`,

  userByName: `
SELECT ${USER_COLUMNS} FROM users u WHERE u.tenant_id = $1 AND u.user_name_key = $2 AND u.deleted_at IS NULL`,

  setActive: `
WITH u AS (
  UPDATE users SET active = $3, data = jsonb_set(data, '{active}', to_jsonb($3::boolean)), version = version + 1, updated_at = $4
  WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL AND active <> $3
  RETURNING *
), told AS (
  INSERT INTO ${OUTBOX}
  SELECT $1, $5, $6, $7, $8, $9, $4, ($10::jsonb || jsonb_build_object('version', version, 'data', jsonb_build_object(
    'userId', id, 'userName', user_name, 'active', active, 'managedBy', managed_by)))::json
  FROM u
)
SELECT ${USER_COLUMNS} FROM u`,

  createGroup: `
WITH made AS (
  INSERT INTO groups (tenant_id, id, display_name, display_name_key, origin, managed_by, data, version, created_at, updated_at)
  VALUES ($1, $2, $3, $4, 'idp', $5, $6, 1, $7, $7)
)
INSERT INTO ${OUTBOX} VALUES ($1, $8, $9, $10, $11, $12, $7, $13)`,

  /** The group's own row is changed first and so holds off other writers of this group until the commit. */
  changeMembers: `
WITH g AS (
  UPDATE groups SET version = version + 1, updated_at = $6
  WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
  RETURNING version, display_name, managed_by
), gone AS (
  DELETE FROM memberships m USING g
  WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.user_id = ANY($4::uuid[])
  RETURNING m.user_id
), come AS (
  INSERT INTO memberships (tenant_id, group_id, user_id, local, connection_id)
  SELECT $1, $2, u.id, false, $3::uuid FROM g, users u
  WHERE u.tenant_id = $1 AND u.id = ANY($5::uuid[]) AND u.deleted_at IS NULL
  ON CONFLICT DO NOTHING
  RETURNING user_id
)
INSERT INTO ${OUTBOX}
SELECT $1, $7, $8, $9, $10, $11, $6, ($12::jsonb || jsonb_build_object('version', g.version, 'data', jsonb_build_object(
  'groupId', $2::uuid, 'displayName', g.display_name, 'managedBy', g.managed_by,
  'added', coalesce((SELECT json_agg(user_id) FROM come), '[]'),
  'removed', coalesce((SELECT json_agg(user_id) FROM gone), '[]'))))::json
FROM g`,
} as const;

export interface UserRow {
  id: string;
  data: object;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  groups: { value: string; display: string }[];
}

/** The directory's tables, written with as few statements as can be: one for each write, row and event together. */
export class Store {
  private readonly pool: Pool;

  constructor(
    databaseUrl: string,
    private readonly tenantId: string,
    private readonly connectionId: string,
  ) {
    this.pool = new Pool({ connectionString: databaseUrl, max: POOL });
  }

  async createUser(data: { userName: string; externalId?: string }): Promise<UserRow> {
    const id = newId();
    const now = new Date();
    const state = { userId: id, userName: data.userName, active: true, managedBy: this.connectionId };
    await this.run('createUser', [
      this.tenantId,
      id,
      data.userName,
      data.userName.toLowerCase(),
      data.externalId,
      this.connectionId,
      JSON.stringify(data),
      now,
      ...this.event(USER_CREATED, `users/${id}`, now, state),
    ]);
    return { id, data, version: 1, createdAt: now, updatedAt: now, groups: [] };
  }

  async userById(id: string): Promise<UserRow | undefined> {
    return (await this.run<UserRow>('userById', [this.tenantId, id]))[0];
  }

  async userByName(userName: string): Promise<UserRow | undefined> {
    return (await this.run<UserRow>('userByName', [this.tenantId, userName.toLowerCase()]))[0];
  }

  async setActive(id: string, active: boolean): Promise<UserRow | undefined> {
    const now = new Date();
    const type = active ? USER_ACTIVATED : USER_DEACTIVATED;
    const event = this.event(type, `users/${id}`, now, {});
    return (await this.run<UserRow>('setActive', [this.tenantId, id, active, now, ...event]))[0];
  }

  async createGroup(displayName: string): Promise<string> {
    const id = newId();
    const now = new Date();
    const state = { groupId: id, displayName, managedBy: this.connectionId };
    await this.run('createGroup', [
      this.tenantId,
      id,
      displayName,
      displayName.toLowerCase(),
      this.connectionId,
      JSON.stringify({ displayName }),
      now,
      ...this.event(GROUP_CREATED, `groups/${id}`, now, state),
    ]);
    return id;
  }

  async changeMembers(id: string, removed: string[], added: string[]): Promise<void> {
    const now = new Date();
    const event = this.event(GROUP_MEMBERS_CHANGED, `groups/${id}`, now, {});
    await this.run('changeMembers', [this.tenantId, id, this.connectionId, removed, added, now, ...event]);
  }

  /** The last values of a writing statement: an event as the outbox keeps it. */
  private event(type: string, subject: string, time: Date, data: object): unknown[] {
    const { tenantId } = this;
    const commandId = newId();
    const cause = { commandId, requestId: commandId, actor: `connection:${this.connectionId}` };
    const event = cloudEvent({ source: 'rollcall/directory', type, tenantId, subject, version: 1, time, cause, data });
    return [event.id, partitionOf(tenantId), type, subject, commandId, JSON.stringify(event)];
  }

  private async run<Row extends object>(name: keyof typeof STATEMENTS, values: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>({ name, text: STATEMENTS[name], values })).rows;
  }
}
