import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { RabbitConnection } from '#rabbit/connection';
import { createDatabase } from '../harness/database.ts';
import type { AppProcess } from '../harness/process.ts';
import { FaultyProxy } from '../harness/proxy.ts';
import { type Services, script } from '../harness/services.ts';
import { asker, createTeam, migrate, type Team } from '../harness/system.ts';
import { Replica } from './replica.ts';

/** What the gateway waits for an answer at most, milliseconds; shorter than in production, so that rounds are short. */
export const COMMAND_DEADLINE_MS = 8_000;

export type ServiceName = AppProcess['name'];

/** The whole system with replicas, a proxy before each database and broker, and everything a fault or a check needs of it. */
export interface World {
  services: Services;
  replicas: Record<ServiceName, Replica[]>;
  proxies: { postgres: FaultyProxy; rabbitmq: FaultyProxy };
  databases: { directory: DataSource; billing: DataSource };
  teams: Team[];
  /** where each service's small disk is mounted; absent where that cannot be */
  disks: { postgres: string; rabbitmq: string } | undefined;
  /** events that can never be applied, sent by a fault */
  poisoned: number;
  /** lines that hold what no log may hold */
  leaks: string[];
  /** lines of the services' logs that say error or worse: what a broken promise is looked into with */
  errors: string[];
  stop(): Promise<void>;
}

export async function startWorld(
  services: Services,
  { teams: teamCount, replicas: replicaCount, disks }: { teams: number; replicas: number; disks: World['disks'] },
): Promise<World> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step().catch(() => {});
  };
  try {
    process.env.TEST_DATABASE_URL = services.databaseUrl;
    process.env.TEST_AMQP_URL = services.amqpUrl;
    process.env.TEST_MANAGEMENT_URL = services.managementUrl;
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-orders-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const proxies = {
      postgres: new FaultyProxy(new URL(services.postgres.url)),
      rabbitmq: new FaultyProxy(new URL(services.rabbitmq.url)),
    };
    for (const proxy of Object.values(proxies)) {
      await proxy.listen();
      undo.push(() => proxy.close());
    }
    const [directoryUrl, billingUrl] = await Promise.all([createDatabase(), createDatabase()]).then((made) =>
      made.map(({ url }) => url),
    );
    if (!directoryUrl || !billingUrl) throw new Error('no databases');
    await Promise.all([migrate('directory', directoryUrl), migrate('billing', billingUrl)]);

    // A cluster is known by several URLs, which no one proxy stands for.
    const isCluster = services.amqpUrl.includes(',');
    const amqpUrl = isCluster ? services.amqpUrl : proxies.rabbitmq.url(services.amqpUrl);
    const leaks: string[] = [];
    const errors: string[] = [];
    const onLine = (line: string) => {
      if (PROFILE.test(line)) leaks.push(line.slice(0, 300));
      if (ERROR.test(line) && errors.length < MOST_ERRORS) errors.push(line.slice(0, 1_000));
    };
    const start = async (name: ServiceName, env: Record<string, string>) => {
      const started = await Promise.all(
        Array.from({ length: replicaCount }, (_, index) =>
          Replica.start(name, index, folder, { AMQP_URL: amqpUrl, ...env }, onLine),
        ),
      );
      undo.push(() => Promise.all(started.map((replica) => replica.stop())));
      return started;
    };
    const throughProxy = (url: string) => ({ DATABASE_URL: proxies.postgres.url(url) });
    const directory = await start('directory', throughProxy(directoryUrl));
    const billing = await start('billing', throughProxy(billingUrl));
    const gateway = await start('scim-gateway', { COMMAND_DEADLINE_MS: String(COMMAND_DEADLINE_MS) });

    const { startBalancer } = await script<typeof import('../../scripts/start/balancer.mjs')>('start/balancer.mjs');
    const balancer = await startBalancer({ port: 0, targets: gateway.map((replica) => replica.process.url) });
    undo.push(() => balancer.close());

    const databases = { directory: await open(directoryUrl), billing: await open(billingUrl) };
    undo.push(() => Promise.all(Object.values(databases).map((each) => each.destroy())));
    const connection = new RabbitConnection(services.amqpUrl, 'chaos');
    const parts = {
      ask: asker(connection),
      billing: (billing[0] as Replica).process,
      databases,
      scimBaseUrl: `${balancer.url}/scim/v2`,
    };
    const teams = await Promise.all(Array.from({ length: teamCount }, () => createTeam(parts)));
    await connection.close();
    return {
      services,
      replicas: { 'scim-gateway': gateway, directory, billing },
      proxies,
      databases,
      teams,
      disks,
      poisoned: 0,
      leaks,
      errors,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every login of the clients has this domain: a log line with it holds a profile value. */
export const DOMAIN = 'chaos.example.com';
const PROFILE = new RegExp(DOMAIN.replaceAll('.', '\\.'));
const ERROR = /"level":"(error|fatal)"/;
/** of a round */
const MOST_ERRORS = 20;

function open(url: string): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url, poolSize: 3 }).initialize();
}
