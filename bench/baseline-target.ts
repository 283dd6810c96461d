import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { newId } from '#runtime/ids';
import { createDatabase } from '../test/harness/database.ts';
import type { Services } from '../test/harness/services.ts';
import { authorization } from '../tools/okta/src/transport.ts';
import { World } from './cases/world.ts';
import { Forked } from './driver/forked.ts';
import { OktaRequests } from './driver/okta-requests.ts';
import { cpuBetween, cpuOf, cpuOfTree } from './measure/cpu.ts';
import { ROOT } from './root.ts';
import type { Target } from './target.ts';

/** One process on a database of its own, with the directory's tables, in the same Postgres. */
export async function startBaselineTarget(services: Services): Promise<Target> {
  process.env.TEST_DATABASE_URL = services.databaseUrl;
  const database = await createDatabase();
  const tenantId = newId();
  const connectionId = newId();
  await promisify(execFile)(process.execPath, [join(ROOT, 'dist/apps/directory/src/migrate.js')], {
    env: { ...process.env, DATABASE_URL: database.url },
  });
  await insertTenant(database.url, tenantId, connectionId);
  const token = randomBytes(32).toString('base64url');
  const server = await Forked.start(join(import.meta.dirname, 'baseline/main.js'), {
    DATABASE_URL: database.url,
    TENANT_ID: tenantId,
    CONNECTION_ID: connectionId,
    TOKEN: token,
  });
  const cpu = () => ({ baseline: cpuOf(server.pid), postgres: cpuOfTree(services.postgres.pid) });
  const base = `${server.url}/scim/v2`;
  return {
    name: 'baseline',
    world: new World(new URL(base), new OktaRequests(base, authorization({ mode: 'bearer', token }))),
    async observe() {
      const before = cpu();
      return async () => ({ cpu: cpuBetween(before, cpu()) });
    },
    analyze: () => query(database.url, 'VACUUM ANALYZE'),
    async stop() {
      await server.stop();
      await database.drop();
    },
  };
}

async function insertTenant(url: string, tenantId: string, connectionId: string): Promise<void> {
  const tenant = "INSERT INTO tenants (tenant_id, name, created_at) VALUES ($1, 'Example Team', now())";
  await query(url, tenant, [tenantId]);
  await query(
    url,
    `INSERT INTO connections (tenant_id, id, username, enabled, scope, dialect, version, created_at)
     VALUES ($1, $2, 'bench', true, 'users_and_groups', 'auto', 1, now())`,
    [tenantId, connectionId],
  );
}

async function query(url: string, statement: string, values: unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement, values);
  } finally {
    await client.end();
  }
}
