import { DataSource } from 'typeorm';
import type { EnableConnection } from '#directory-api/connections';
import type { CreateResource, PatchResource } from '#directory-api/scim-command';
import { readToken, type TokenClaim } from '#directory-api/token';
import type { CloudEvent } from '#events/envelope';
import { migrate } from '#postgres/migrate';
import { CommandContext } from '#rabbit/server';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { GROUP_URN } from '#scim/group';
import { USER_URN } from '#scim/user';
import { createDatabase } from '../../../test/harness/database.ts';
import { ConnectionsService } from '../src/connections/connections.service.ts';
import { directoryDatabase } from '../src/database.ts';
import { EntitlementsService } from '../src/entitlements/entitlements.service.ts';
import { GroupsService } from '../src/groups/groups.service.ts';
import { LocalService } from '../src/local/local.service.ts';
import { SchemasService } from '../src/schemas/schemas.service.ts';
import { TenantTypes } from '../src/schemas/tenant-types.ts';
import { TenantsService } from '../src/tenants/tenants.service.ts';
import { UserCreation } from '../src/users/user-creation.ts';
import { UsersService } from '../src/users/users.service.ts';

/** As the operator. */
export const CAUSE = { commandId: newId(), requestId: 'spec', actor: 'operator' };
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A clock that a spec moves. */
export class FakeClock extends Clock {
  time = new Date('2026-01-31T12:00:00.000Z');

  override now(): Date {
    return this.time;
  }
}

/** The directory's services on a database of the suite's own. */
export async function createDirectory() {
  const database = await createDatabase();
  await migrate(directoryDatabase(database.url));
  const dataSource = await new DataSource(directoryDatabase(database.url, 10)).initialize();
  const clock = new FakeClock();
  const types = new TenantTypes(dataSource);
  return {
    dataSource,
    clock,
    tenants: new TenantsService(dataSource, clock),
    connections: new ConnectionsService(dataSource, clock),
    users: new UsersService(dataSource, clock, types, new UserCreation(dataSource)),
    groups: new GroupsService(dataSource, clock, types),
    schemas: new SchemasService(dataSource, clock),
    entitlements: new EntitlementsService(dataSource, clock),
    local: new LocalService(dataSource, clock),
    async close() {
      await dataSource.destroy();
      await database.drop();
    },
  };
}

export type Directory = Awaited<ReturnType<typeof createDirectory>>;

/** A fresh tenant with SCIM on, and shorthand for what its identity provider asks. */
export async function createTeam(directory: Directory) {
  const { tenantId } = await directory.tenants.create({ name: 'Example Team' }, CAUSE);
  await directory.tenants.setSso({ tenantId, kind: 'saml', issuer: 'idp', signInUrl: 'https://idp.example.com' });
  const { connectionId, username, token = '' } = await directory.connections.enable({ tenantId }, CAUSE);
  const base = { tenantId, connectionId, baseUrl: 'https://scim.example.com/scim/v2', dialect: 'okta' as const };
  const { users, groups, local } = directory;
  return {
    tenantId,
    connectionId,
    username,
    token,
    claim: claimOf(token),
    base,
    createUser: (userName: string, attributes: object = {}, context = command()) =>
      users.create({ ...base, resource: { schemas: [USER_URN], userName, active: true, ...attributes } }, context),
    patchUser: (id: string, operations: object[], context = command(), more: Partial<PatchResource> = {}) =>
      users.patch({ ...base, id, patch: patchOf(operations), ...more }, context),
    createGroup: (displayName: string, memberIds: string[] = [], context = command()) =>
      groups.create({ ...base, resource: groupOf(displayName, memberIds) }, context),
    replaceGroup: (id: string, displayName: string, memberIds: string[], attributes: object = {}) =>
      groups.replace({ ...base, id, resource: { ...groupOf(displayName, memberIds), ...attributes } }, command()),
    patchGroup: (id: string, operations: object[]) =>
      groups.patch({ ...base, id, patch: patchOf(operations) }, command()),
    configure: (settings: Partial<EnableConnection>) => directory.connections.enable({ tenantId, ...settings }, CAUSE),
    protectGroup: (name: string, on: boolean) => groups.protect({ tenantId, name, protected: on }),
    unlinkGroup: (name: string) => groups.unlinkByName({ tenantId, name }, CAUSE),
    localUser: (email: string, admin = false) => local.createUser({ tenantId, email, admin }, CAUSE),
    localGroup: (name: string, members: string[] = [], groups: string[] = []) =>
      local.createGroup({ tenantId, name, members, groups }, CAUSE),
    memberNames: async (groupId: string): Promise<string[]> => {
      const { members } = await groups.get({ ...base, id: groupId });
      return ((members ?? []) as { display: string }[]).map((member) => member.display).sort();
    },
    events: async (): Promise<CloudEvent[]> => {
      const rows = await directory.dataSource.query(
        "SELECT event FROM outbox WHERE tenant_id = $1 AND type ~ '^(user|group)' ORDER BY position",
        [tenantId],
      );
      return rows.map((row: { event: CloudEvent }) => row.event);
    },
  };
}

export type Team = Awaited<ReturnType<typeof createTeam>>;

/** What a gateway asks about the token. */
function claimOf(token: string): TokenClaim {
  const claim = readToken(token);
  if (!claim) throw new Error('SCIM was turned on without a token');
  return claim;
}

/** A command as the broker brings it. */
export function command(redelivered = false, commandId = newId()): CommandContext {
  return new CommandContext(commandId, redelivered);
}

export function patchOf(operations: object[]): object {
  return { schemas: [PATCH_OP], Operations: operations };
}

export function groupOf(displayName: string, memberIds: string[]): CreateResource['resource'] {
  return { schemas: [GROUP_URN], displayName, members: memberIds.map((value) => ({ value })) };
}
