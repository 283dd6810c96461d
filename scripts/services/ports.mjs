import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that a system gives to outgoing connections and to programs that ask for any port. */
const lowest = 20_000;
const highest = 32_000;
const blockSize = 50;

/** What is left of this process's block. */
let next = 0;
let end = 0;
/** @type {Promise<void> | undefined} of whoever comes meanwhile, too */
let taking;
/** No port is given twice: who has it may not listen yet. */
const given = new Set();

/**
 * A loopback TCP port that stays free until it is used, and while the program that uses it is started again: nothing but
 * a program that names it can take it. Every process deals from a block of its own, and listens on the first port of the
 * block for as long as it lives, to tell the others.
 *
 * @param {(number | undefined)[]} preferred the first of these on which nobody listens is taken instead
 * @returns {Promise<number>}
 */
export async function freePort(...preferred) {
  for (const port of preferred) if (port !== undefined && (await take(port))) return port;
  for (;;) {
    while (next === end) {
      taking ??= takeBlock().finally(() => {
        taking = undefined;
      });
      await taking;
    }
    const port = next++;
    if (await take(port)) return port;
  }
}

/**
 * Several ports at once.
 *
 * @template {string} Name
 * @param {readonly Name[]} names
 * @param {Partial<Record<Name, number>>} [preferred]
 * @returns {Promise<Record<Name, number>>}
 */
export async function freePorts(names, preferred = {}) {
  const ports = /** @type {Record<Name, number>} */ ({});
  for (const name of names) ports[name] = await freePort(preferred[name]);
  return ports;
}

async function takeBlock() {
  for (let first = lowest; first < highest; first += blockSize) {
    const held = await listen(first);
    if (held === undefined) continue;
    held.unref();
    next = first + 1;
    end = first + blockSize;
    return;
  }
  throw new Error(`all ports from ${lowest} to ${highest} of 127.0.0.1 are in use`);
}

/** @param {number} port */
async function take(port) {
  if (given.has(port)) return false;
  const server = await listen(port);
  if (server === undefined) return false;
  given.add(port);
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * @param {number} port
 * @returns {Promise<import('node:net').Server | undefined>} undefined when somebody else listens there
 */
async function listen(port) {
  const server = createServer((socket) => socket.destroy());
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
