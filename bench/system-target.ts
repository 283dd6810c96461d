import type { Services } from '../test/harness/services.ts';
import { startSystem, type Team } from '../test/harness/system.ts';
import { authorization } from '../tools/okta/src/transport.ts';
import { World } from './cases/world.ts';
import { OktaRequests } from './driver/okta-requests.ts';
import { cpuBetween, cpuOf, cpuOfTree } from './measure/cpu.ts';
import type { Lag, Target } from './target.ts';

type System = Awaited<ReturnType<typeof startSystem>>;

const PAUSE_MS = 10;
const PATIENCE_MS = 120_000;

const LAG = `
SELECT count(*)::int AS lines,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS p50,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY ms) AS p99
FROM (SELECT (extract(epoch FROM recorded_at - effective_at) * 1000)::float8 AS ms
      FROM ledger_line WHERE tenant_id = $1 AND sequence > $2) AS lines`;

/** Gateway, directory and billing as real processes, with a tenant whose credentials are Okta's. */
export async function startSystemTarget(services: Services, profile?: string): Promise<Target> {
  process.env.TEST_DATABASE_URL = services.databaseUrl;
  process.env.TEST_AMQP_URL = services.amqpUrl;
  process.env.TEST_MANAGEMENT_URL = services.managementUrl;
  const profiled = (name: string): Record<string, string> =>
    profile === undefined ? {} : { NODE_OPTIONS: profiling(profile, name) };
  const system = await startSystem({
    env: {
      'scim-gateway': { ...profiled('gateway'), RATE_LIMIT: '1000000000' },
      directory: profiled('directory'),
      billing: profiled('billing'),
    },
  });
  try {
    const team = await system.createTeam('users_and_groups');
    const { username, token, scimBaseUrl } = team;
    const requests = new OktaRequests(scimBaseUrl, authorization({ mode: 'basic', username, token }));
    const world = new World(new URL(scimBaseUrl), requests);
    const cpu = () => ({
      gateway: cpuOf(system.gateway.pid),
      directory: cpuOf(system.directory.pid),
      billing: cpuOf(system.billing.pid),
      postgres: cpuOfTree(services.postgres.pid),
      rabbitmq: cpuOf(services.rabbitmq.pid),
    });
    return {
      name: 'system',
      world,
      async observe() {
        const line = await lastLine(system, team);
        const before = cpu();
        return async () => {
          const start = performance.now();
          await untilCaughtUp(system, team, world);
          const caughtUpMs = performance.now() - start;
          const used = cpuBetween(before, cpu());
          const lag = await lagSince(system, team, line);
          return { cpu: used, caughtUpMs, ...(lag && { lag }) };
        };
      },
      async analyze() {
        await Promise.all(Object.values(system.databases).map((database) => database.query('VACUUM ANALYZE')));
      },
      stop: () => system.stop(),
    };
  } catch (error) {
    await system.stop();
    throw error;
  }
}

function profiling(folder: string, name: string): string {
  return `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-name=${name}.cpuprofile`;
}

async function lastLine({ databases }: System, { tenantId }: Team): Promise<string> {
  const [row] = await databases.billing.query<{ last: string }[]>(
    'SELECT coalesce(max(sequence), 0) AS last FROM ledger_line WHERE tenant_id = $1',
    [tenantId],
  );
  return row?.last ?? '0';
}

async function lagSince({ databases }: System, { tenantId }: Team, line: string): Promise<Lag | undefined> {
  const [lag] = await databases.billing.query<Lag[]>(LAG, [tenantId, line]);
  return lag && lag.lines > 0 ? lag : undefined;
}

/** Every event has left the outbox and billing counts a seat for everyone who was answered to be active. */
async function untilCaughtUp({ databases }: System, team: Team, world: World): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await databases.directory.query<{ waiting: number }[]>(
      'SELECT count(*)::int AS waiting FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT 1) AS rows',
    );
    const inUse = row?.waiting === 0 ? (await team.seats()).inUse : undefined;
    if (inUse === world.active) return;
    if (performance.now() > end) {
      const counted = inUse === undefined ? 'events still wait in the outbox' : `billing counts ${inUse} seats`;
      throw new Error(`after ${PATIENCE_MS / 1000} s ${counted}, and ${world.active} users are active`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
