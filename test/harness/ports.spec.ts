import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ROOT } from './root.ts';
import { freePort } from './services.ts';

const run = promisify(execFile);
const PORTS = join(ROOT, 'scripts/services/ports.mjs');

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('freePort', () => {
  it('gives ports that a program which asks for any port, or connects to another, does not get', async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const others = await Promise.all(Array.from({ length: 100 }, () => listen(0)));
    expect(Math.max(...ports)).toBeLessThan(Math.min(...others));
  });

  it('gives no port twice, in one process or in several at once', async () => {
    const ask = `
      import { freePort } from ${JSON.stringify(PORTS)};
      const ports = await Promise.all(Array.from({ length: 60 }, () => freePort()));
      console.log(ports.join(' '));
      process.stdin.resume().once('end', () => process.exit());`;
    const processes = Array.from({ length: 3 }, () => run(process.execPath, ['--input-type=module', '-e', ask]));
    const said = await Promise.all(
      processes.map(async ({ child }) => String((await once(child.stdout as never, 'data'))[0])),
    );
    for (const { child } of processes) child.stdin?.end();
    await Promise.all(processes);
    const ports = said.flatMap((line) => line.trim().split(' '));
    expect(ports).toHaveLength(180);
    expect(new Set(ports).size).toBe(180);
  });

  it('passes over a port on which somebody listens', async () => {
    const port = await freePort();
    await listen(port + 1);
    expect(await freePort()).toBeGreaterThan(port + 1);
  });
});
