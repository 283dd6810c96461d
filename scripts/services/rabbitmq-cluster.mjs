import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startRabbitmq } from './rabbitmq.mjs';

/**
 * Three nodes on this machine that form a cluster, so that quorum queues declared on it have a member on each.
 *
 * The first node's port mapper serves all of them and outlives that node's kill. Data is in `1`, `2` and `3` below
 * `directory` and is for one run: the cluster is formed of empty nodes.
 *
 * @param {Omit<import('./rabbitmq.d.mts').RabbitmqOptions, 'member'>} options
 * @returns {Promise<import('./rabbitmq-cluster.d.mts').RabbitmqCluster>}
 */
export async function startRabbitmqCluster({ directory, ...options }) {
  const cookie = randomBytes(24).toString('hex');
  const account = { user: 'rollcall', password: randomBytes(18).toString('base64url') };
  /** @type {import('./rabbitmq.d.mts').Rabbitmq[]} */
  const nodes = [];
  const stop = async () => {
    // The first is the last: its port mapper is everybody's.
    for (const node of nodes.toReversed()) await node.stop();
  };
  try {
    for (const number of [1, 2, 3]) {
      const [first] = nodes;
      const member = { name: nameOf(number), cookie, account, ...(first && { epmd: first.epmdPort }) };
      const node = await startRabbitmq({ ...options, directory: join(directory, String(number)), member });
      nodes.push(node);
      if (first === undefined) continue;
      await node.control('stop_app');
      await node.control('join_cluster', nameOf(1));
      await node.control('start_app');
    }
    return {
      url: nodes.map(({ url }) => url).join(','),
      managementUrl: nodes[0]?.managementUrl ?? '',
      nodes,
      named: (name) => nodes.find((_, index) => nameOf(index + 1) === name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {number} number */
function nameOf(number) {
  return `rollcall${number}@localhost`;
}
