import { lookup, Resolver } from 'node:dns/promises';
import type { Resolve } from './target.ts';

/** Name servers that do not answer are given up after so long. */
const PATIENCE_MS = 5_000;

/** As every program of this machine resolves a name, by /etc/hosts and the like too. */
export const askSystem: Resolve = (name) => lookup(name, { all: true });

/**
 * Asks the name servers themselves. The system's way takes a thread of the few that all of the process shares for as long as
 * a server is silent, so that the names of one tenant would hold up the deliveries of all.
 *
 * @param options.servers those of the system if not given
 * @returns no addresses where none are told in time
 */
export function askNameServers(options: { servers?: string[]; patienceMs?: number } = {}): Resolve {
  return async (name) => {
    const resolver = new Resolver();
    if (options.servers) resolver.setServers(options.servers);
    const timer = setTimeout(() => resolver.cancel(), options.patienceMs ?? PATIENCE_MS);
    try {
      const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      return [
        ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
        ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
      ];
    } finally {
      clearTimeout(timer);
    }
  };
}
