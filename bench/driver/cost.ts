import { join } from 'node:path';
import { person } from '../../tools/okta/src/people.ts';
import { percentile } from '../measure/percentile.ts';
import { Forked } from './forked.ts';
import { drive, expecting } from './load.ts';
import { OktaRequests } from './okta-requests.ts';

/** What the driver itself takes of the machine, and the most it can send. */
export interface DriverCost {
  connections: number;
  requestsPerSecond: number;
  /** ms */
  p50: number;
  /** CPU seconds of the driver per 1,000 requests */
  cpu: number;
}

/** Sends creates to a server that does nothing: neither it nor the driver can be faster than this in any case. */
export async function measureDriver(
  connections: readonly number[],
  seconds: number,
  signal: AbortSignal,
): Promise<DriverCost[]> {
  const server = await Forked.start(join(import.meta.dirname, 'fixed-server.js'));
  try {
    const requests = new OktaRequests(`${server.url}/scim/v2`, 'Bearer none');
    const url = new URL(server.url);
    let people = 0;
    const next = () => ({ request: requests.createUser(person(people++, 'bench')), answered: expecting([201]) });
    await drive({ url, connections: 8, seconds: 1, next, signal });
    const costs: DriverCost[] = [];
    for (const count of connections) {
      const load = await drive({ url, connections: count, seconds, next, signal });
      costs.push({
        connections: count,
        requestsPerSecond: load.requests / load.seconds,
        p50: percentile(load.latencies, 0.5),
        cpu: (load.driverCpu * 1000) / load.requests,
      });
    }
    return costs;
  } finally {
    await server.stop();
  }
}
