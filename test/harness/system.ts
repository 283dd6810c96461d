import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { KEYS, type SeatCount } from '#billing-api/billing';
import type { Reconciliation } from '#billing-api/ledger';
import { LOCAL_GROUPS, LOCAL_USERS, SSO, TENANTS } from '#directory-api/admin';
import { CONNECTIONS, type ConnectionSecret, type Scope } from '#directory-api/connections';
import { type AddEntitlement, type AddedEntitlement, CATALOGUE } from '#directory-api/entitlements';
import { type RegisteredSchema, type RegisterSchema, SCHEMAS } from '#directory-api/schemas';
import { RabbitClient } from '#rabbit/client';
import { RabbitConnection } from '#rabbit/connection';
import { BILLING_COMMANDS, DIRECTORY_COMMANDS } from '#rabbit/topology';
import type { Balancer } from '../../scripts/start/balancer.d.mts';
import { createVhost } from './broker.ts';
import { createDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { AppProcess } from './process.ts';
import { ROOT } from './root.ts';
import { freePort, script } from './services.ts';

const run = promisify(execFile);

export interface SystemOptions {
  /** how many of each app (1); with more there is a balancer in front of the gateways and of billing */
  replicas?: number;
  /** broker of the suite's own; without it a fresh virtual host of the shared one */
  broker?: { url: string; managementUrl: string };
  /** extra environment by app */
  env?: Partial<Record<AppProcess['name'], Record<string, string>>>;
  /** the broker URL that the directory is given, when it must go through a proxy */
  directoryAmqpUrl?: (amqpUrl: string) => string;
}

/** Events in flight are waited for half a minute. */
const RECONCILED_MS = 45_000;

/** Every app as a real process, on databases and a virtual host of the suite's own. */
export async function startSystem(options: SystemOptions = {}) {
  const [directoryDatabase, billingDatabase, vhost] = await Promise.all([
    createDatabase(),
    createDatabase(),
    createVhost(options.broker?.url, options.broker?.managementUrl),
  ]);
  await Promise.all([migrate('directory', directoryDatabase.url), migrate('billing', billingDatabase.url)]);

  const app = async (name: AppProcess['name'], env: Record<string, string>) =>
    new AppProcess(name, { AMQP_URL: vhost.url, LOG_LEVEL: 'warn', ...env, ...options.env?.[name] }, await freePort());
  const replicas = async (name: AppProcess['name'], env: Record<string, string>) => {
    const first = await app(name, env);
    const others = Array.from({ length: (options.replicas ?? 1) - 1 }, () => app(name, env));
    return [first, ...(await Promise.all(others))] as const;
  };
  const directories = await replicas('directory', {
    DATABASE_URL: directoryDatabase.url,
    AMQP_URL: options.directoryAmqpUrl?.(vhost.url) ?? vhost.url,
  });
  const billings = await replicas('billing', { DATABASE_URL: billingDatabase.url });
  const gateways = await replicas('scim-gateway', {});
  const [[directory], [billing], [gateway]] = [directories, billings, gateways];
  const apps = [...gateways, ...directories, ...billings];
  await Promise.all(apps.map((each) => each.start()));
  const scimDoor = await door(gateways);
  const billingDoor = await door(billings);

  const connection = new RabbitConnection(vhost.url, 'e2e');
  const ask = asker(connection);
  const databases = {
    directory: await new DataSource({ type: 'postgres', url: directoryDatabase.url, poolSize: 2 }).initialize(),
    billing: await new DataSource({ type: 'postgres', url: billingDatabase.url, poolSize: 2 }).initialize(),
  };

  return {
    directory,
    billing,
    gateway,
    /** all of them, the above among them */
    replicas: { directory: directories, billing: billings, 'scim-gateway': gateways },
    databases,
    amqpUrl: vhost.url,
    scimBaseUrl: `${scimDoor.url}/scim/v2`,
    ask,
    createTeam: (scope?: Scope) =>
      createTeam({ ask, billing: billingDoor, databases, scimBaseUrl: `${scimDoor.url}/scim/v2` }, scope),
    async stop() {
      await Promise.all(Object.values(databases).map((database) => database.destroy()));
      await connection.close();
      await Promise.all([scimDoor, billingDoor].map((each) => each.close()));
      await Promise.all(apps.map((running) => running.stop()));
      await Promise.all([directoryDatabase, billingDatabase, vhost].map((part) => part.drop()));
    },
  };
}

export type System = Awaited<ReturnType<typeof startSystem>>;
export type Team = Awaited<ReturnType<System['createTeam']>>;

interface Parts {
  ask: ReturnType<typeof asker>;
  billing: { url: string };
  databases: { directory: DataSource; billing: DataSource };
  scimBaseUrl: string;
}

/** A fresh tenant as the admin has it after the set-up: SSO, SCIM on, a key for billing. */
export async function createTeam({ ask, billing, databases, scimBaseUrl }: Parts, scope?: Scope) {
  const { tenantId } = await ask.directory<{ tenantId: string }>(TENANTS.create, { name: 'Example Team' });
  const sso = { tenantId, kind: 'saml', issuer: 'idp', signInUrl: 'https://idp.example.com/sso' };
  await ask.directory(SSO.set, sso);
  const secret = await ask.directory<Required<ConnectionSecret>>(CONNECTIONS.enable, {
    tenantId,
    ...(scope && { scope }),
  });
  const { key } = await ask.billing<{ key: string }>(KEYS.create, { tenantId });
  const billingUrl = `${billing.url}/v1/tenants/${tenantId}`;
  const authorization = `Bearer ${key}`;

  const seats = async (): Promise<SeatCount> =>
    (await (await fetch(`${billingUrl}/seats`, { headers: { authorization } })).json()) as SeatCount;
  const versions = async (service: keyof Parts['databases'], table: string): Promise<number> => {
    const query = `SELECT coalesce(sum(version), 0)::int AS sum FROM ${table} WHERE tenant_id = $1`;
    const [{ sum }] = await databases[service].query(query, [tenantId]);
    return sum;
  };
  return {
    tenantId,
    ...secret,
    scimBaseUrl,
    billingUrl,
    billingKey: key,
    seats,
    ledger: async (after = 0): Promise<LedgerPage> =>
      (await (
        await fetch(`${billingUrl}/ledger?after=${after}&limit=1000`, { headers: { authorization } })
      ).json()) as LedgerPage,
    /** Waits until billing has every change of a user that the directory has committed, and counts so many seats. */
    seatsToBe: (inUse: number) =>
      eventually(async () => {
        const [committed, applied] = [await versions('directory', 'users'), await versions('billing', 'seat')];
        if (applied < committed) throw new Error(`${committed - applied} changes of users have not reached billing`);
        const count = await seats();
        if (count.inUse !== inUse) throw new Error(`${count.inUse} seats are in use, not ${inUse}`);
        return count;
      }),
    /** Billing compares itself with the directory. @returns the report, once it is finished */
    reconcile: async (): Promise<Reconciliation> => {
      const started = await fetch(`${billingUrl}/reconciliations`, { method: 'POST', headers: { authorization } });
      const { id } = (await started.json()) as Reconciliation;
      return eventually(async () => {
        const shown = await fetch(`${billingUrl}/reconciliations/${id}`, { headers: { authorization } });
        const report = (await shown.json()) as Reconciliation;
        if (report.status === 'running') throw new Error('the reconciliation is still running');
        return report;
      }, RECONCILED_MS);
    },
    registerSchema: (definition: object, resourceType: RegisterSchema['resourceType'] = 'User') =>
      ask.directory<RegisteredSchema>(SCHEMAS.register, { tenantId, resourceType, definition }),
    addEntitlement: (entry: Omit<AddEntitlement, 'tenantId'>) =>
      ask.directory<AddedEntitlement>(CATALOGUE.add, { tenantId, ...entry }),
    localUser: (email: string) => ask.directory<{ id: string }>(LOCAL_USERS.create, { tenantId, email }),
    localGroup: (name: string, members: string[]) =>
      ask.directory<{ id: string }>(LOCAL_GROUPS.create, { tenantId, name, members }),
    /** What the directory holds: everybody billable, by userName. */
    billable: async (): Promise<string[]> => {
      const rows: { user_name: string }[] = await databases.directory.query(
        'SELECT user_name FROM users WHERE tenant_id = $1 AND active AND deleted_at IS NULL ORDER BY user_name',
        [tenantId],
      );
      return rows.map((row) => row.user_name);
    },
  };
}

/** Where an API is: at its one process, or at a balancer in front of several. */
async function door(replicas: readonly [AppProcess, ...AppProcess[]]): Promise<Balancer> {
  const [only, ...others] = replicas;
  if (others.length === 0) return { url: only.url, check: async () => {}, close: async () => {} };
  const { startBalancer } = await script<typeof import('../../scripts/start/balancer.mjs')>('start/balancer.mjs');
  return startBalancer({ port: 0, targets: replicas.map(({ url }) => url) });
}

export interface LedgerPage {
  lines: {
    sequence: number;
    kind: 'occupied' | 'released';
    userId: string;
    inUse: number;
    cause: Record<string, string>;
  }[];
  next: number | null;
}

/** Asks a service as the operator does; throws the detail of what was refused. */
export function asker(connection: RabbitConnection) {
  const client = (queue: string) => new RabbitClient(connection, { queue, deadlineMs: 20_000, maxInFlight: 1_000 });
  const through =
    (service: RabbitClient) =>
    async <T>(pattern: string, command: object) => {
      const answer = await service.ask(pattern, command);
      if (answer.status >= 300) throw Object.assign(new Error(answer.content.toString()), { status: answer.status });
      return answer.json<T>();
    };
  return { directory: through(client(DIRECTORY_COMMANDS)), billing: through(client(BILLING_COMMANDS)) };
}

export async function migrate(app: 'directory' | 'billing', url: string): Promise<void> {
  await run(process.execPath, [join(ROOT, `dist/apps/${app}/src/migrate.js`)], {
    env: { ...process.env, DATABASE_URL: url },
  });
}
