import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres } from '../scripts/services/postgres.mjs';
import { createVhost, type TestVhost } from './harness/broker.ts';
import { eventually } from './harness/eventually.ts';

const START = join(import.meta.dirname, '../scripts/start.mjs');

let home: string;
let postgres: Postgres;
let vhost: TestVhost;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rollcall-start-'));
  [postgres, vhost] = await Promise.all([startPostgres({ directory: join(home, 'postgres') }), createVhost()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), vhost.drop()]);
  await rm(home, { recursive: true, force: true });
});

interface Started {
  process: ChildProcess;
  output: () => string;
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [START, ...args], {
    env: { ...process.env, ROLLCALL_HOME: home, DATABASE_URL: postgres.url, AMQP_URL: vhost.url },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  return { process: child, output: () => output };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const connectionFile = () => join(home, 'connection.json');

describe('npm start', () => {
  it('--demo brings everything up on given services, tells the whole story, and stops everything', async () => {
    const { process: started, output } = start('--demo', '--exit');
    const [code] = await once(started, 'close');
    expect(output()).toContain('all 12 steps gave what they should');
    expect(code).toBe(0);
    expect(existsSync(connectionFile())).toBe(false);
  });

  it('--replicas runs several of each behind one port, and starts one again that dies', async () => {
    const { process: started, output } = start('--replicas', '2');
    const connection = () => JSON.parse(readFileSync(connectionFile(), 'utf8'));
    const { pids, scimBaseUrl, token } = await eventually(() => {
      if (started.exitCode !== null) throw new Error(output());
      return connection();
    }, 120_000);
    const names = ['gateway', 'directory', 'billing'].flatMap((name) => [`${name}-1`, `${name}-2`]);
    expect(Object.keys(pids)).toEqual(expect.arrayContaining(names));

    process.kill(pids['gateway-1'], 'SIGKILL');
    process.kill(pids['directory-1'], 'SIGKILL');
    const users = await fetch(`${scimBaseUrl}/Users?count=0`, { headers: { authorization: `Bearer ${token}` } });
    expect(users.status).toBe(200);
    await eventually(() => expect(connection().pids['gateway-1']).not.toBe(pids['gateway-1']), 20_000);
    expect(output()).toContain('Starting it again');

    // The ids of those that were killed may be somebody else's by now.
    const running = Object.values<number>(connection().pids);
    started.kill('SIGINT');
    const [code] = await once(started, 'close');
    expect(code).toBe(130);
    // A child that ended together with its parent is there until the system has taken note.
    await eventually(() => expect(running.filter(isRunning)).toEqual([]));
    expect(existsSync(connectionFile())).toBe(false);
  });

  it('keeps its data, says in connection.json where everything is, and ends at Ctrl-C', async () => {
    const { process: started, output } = start();
    const connection = await eventually(() => {
      if (started.exitCode !== null) throw new Error(output());
      return JSON.parse(readFileSync(connectionFile(), 'utf8'));
    }, 120_000);
    expect(Object.keys(connection)).toEqual(
      expect.arrayContaining([
        'scimBaseUrl',
        'username',
        'token',
        'billingUrl',
        'billingKey',
        'amqpUrl',
        'databaseUrls',
        'pids',
      ]),
    );
    const users = await fetch(`${connection.scimBaseUrl}/Users?count=0`, {
      headers: { authorization: `Bearer ${connection.token}` },
    });
    expect(await users.json()).toMatchObject({ totalResults: 203 });
    const seats = await fetch(`${connection.billingUrl}/v1/tenants/${connection.tenantId}/seats`, {
      headers: { authorization: `Bearer ${connection.billingKey}` },
    });
    expect(await seats.json()).toMatchObject({ inUse: 183 });

    started.kill('SIGINT');
    const [code] = await once(started, 'close');
    expect(code).toBe(130);
    expect(existsSync(connectionFile())).toBe(false);
  });
});
