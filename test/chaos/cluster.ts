import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BILLING_DIRECTORY_EVENTS, queueNames } from '#rabbit/topology';
import type { RabbitmqCluster } from '../../scripts/services/rabbitmq-cluster.d.mts';
import { type Services, script } from '../harness/services.ts';
import type { Fault } from './faults.ts';
import type { World } from './world.ts';

interface ClusterServices extends Services {
  cluster: RabbitmqCluster;
}

/** A Postgres, and a RabbitMQ of three nodes, for this run alone. `rabbitmq` is the first node. */
export async function startClusterServices(
  log: (line: string) => void,
  onExit: (reason: string) => void,
): Promise<ClusterServices> {
  const { startPostgres } = await script<typeof import('../../scripts/services/postgres.mjs')>('services/postgres.mjs');
  const { startRabbitmqCluster } = await script<typeof import('../../scripts/services/rabbitmq-cluster.mjs')>(
    'services/rabbitmq-cluster.mjs',
  );
  const dataFolder = await mkdtemp(join(tmpdir(), 'rollcall-'));
  await chmod(dataFolder, 0o755);
  const undo: (() => Promise<unknown>)[] = [() => rm(dataFolder, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const postgres = await startPostgres({ directory: join(dataFolder, 'postgres'), log, onExit });
    undo.push(() => postgres.stop());
    log('forming a RabbitMQ cluster of three nodes');
    const cluster = await startRabbitmqCluster({ directory: join(dataFolder, 'rabbitmq'), log, onExit });
    undo.push(() => cluster.stop());
    const [rabbitmq] = cluster.nodes;
    if (!rabbitmq) throw new Error('the cluster has no nodes');
    const { url: amqpUrl, managementUrl } = cluster;
    return { databaseUrl: postgres.url, amqpUrl, managementUrl, postgres, rabbitmq, cluster, dataFolder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What goes wrong with a cluster of brokers. RabbitMQ is in every name: records of requests may be lost with it. */
export const CLUSTER_FAULTS: readonly Fault[] = [
  {
    name: "cluster: kill -9 of the RabbitMQ node that leads billing's queues",
    inject: async (world, _next, holdMs) => {
      const { cluster } = clusterOf(world);
      const leader = cluster.named(await leaderOf(cluster));
      if (!leader) throw new Error("no node leads billing's queues");
      await leader.kill();
      await delay(holdMs);
      await leader.restart();
    },
  },
  {
    name: 'cluster: kill -9 of two of three RabbitMQ nodes',
    inject: async (world, _next, holdMs) => {
      const killed = clusterOf(world).cluster.nodes.slice(1);
      await Promise.all(killed.map((node) => node.kill()));
      await delay(holdMs);
      await Promise.all(killed.map((node) => node.restart()));
    },
  },
  {
    name: 'cluster: a rolling restart of the RabbitMQ nodes',
    inject: async (world) => {
      for (const node of clusterOf(world).cluster.nodes) await node.restart();
    },
  },
];

function clusterOf({ services }: World): ClusterServices {
  if (!('cluster' in services)) throw new Error('the broker of this run is no cluster');
  return services as ClusterServices;
}

/** @returns the name of the node that leads the first of billing's queues, which has a member on each node */
async function leaderOf({ nodes }: RabbitmqCluster): Promise<string> {
  const [queue] = queueNames(BILLING_DIRECTORY_EVENTS);
  const listed = await nodes[0]?.control('-q', '--formatter', 'json', 'list_queues', 'name', 'leader', 'members');
  const queues = JSON.parse(listed ?? '[]') as { name: string; leader: string; members: string[] }[];
  const found = queues.find(({ name }) => name === queue);
  if (found?.members.length !== nodes.length) throw new Error(`${queue} has not a member on each node`);
  return found.leader;
}
