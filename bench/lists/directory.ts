import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { migrate } from '#postgres/migrate';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { ConnectionsService } from '../../apps/directory/src/connections/connections.service.ts';
import { directoryDatabase } from '../../apps/directory/src/database.ts';
import { GroupsService } from '../../apps/directory/src/groups/groups.service.ts';
import { TenantTypes } from '../../apps/directory/src/schemas/tenant-types.ts';
import { TenantsService } from '../../apps/directory/src/tenants/tenants.service.ts';
import { UserCreation } from '../../apps/directory/src/users/user-creation.ts';
import { UsersService } from '../../apps/directory/src/users/users.service.ts';
import { ROOT } from '../root.ts';

const CAUSE = { commandId: newId(), requestId: 'bench', actor: 'operator' };

/** The directory's services on a database of their own, with one tenant that has SCIM on. */
export type Directory = Awaited<ReturnType<typeof createDirectory>>;

export interface Server {
  url: string;
  stop(): Promise<void>;
}

/** A Postgres for this run alone, as the project starts it, with its data in a temporary folder that `stop` removes. */
export async function startServer(log: (line: string) => void): Promise<Server> {
  const { startPostgres } = (await import(
    pathToFileURL(join(ROOT, 'scripts/services/postgres.mjs')).href
  )) as typeof import('../../scripts/services/postgres.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-'));
  // Postgres may have to run as another user, who has to get in.
  await chmod(folder, 0o755);
  const postgres = await startPostgres({ directory: join(folder, 'postgres'), log });
  const stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url: postgres.url, stop };
}

export async function createDirectory(server: Server, name: string) {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  await migrate(directoryDatabase(url.href));
  const clock = new Clock();
  const dataSource = await new DataSource(directoryDatabase(url.href, 8)).initialize();
  const tenants = new TenantsService(dataSource, clock);
  const { tenantId } = await tenants.create({ name: 'Bench' }, CAUSE);
  await tenants.setSso({ tenantId, kind: 'saml', issuer: 'idp', signInUrl: 'https://idp.example.com' });
  const { connectionId } = await new ConnectionsService(dataSource, clock).enable({ tenantId }, CAUSE);
  const replica = await new DataSource(directoryDatabase(url.href, 2)).initialize();
  return {
    dataSource,
    base: { tenantId, connectionId, baseUrl: 'https://scim.example.com/scim/v2', dialect: 'okta' as const },
    users: new UsersService(dataSource, clock, new TenantTypes(dataSource), new UserCreation(dataSource)),
    groups: new GroupsService(dataSource, clock, new TenantTypes(dataSource)),
    /** the users of a second replica */
    replicaUsers: new UsersService(replica, clock, new TenantTypes(replica), new UserCreation(replica)),
    async close() {
      await replica.destroy();
      await dataSource.destroy();
    },
  };
}
