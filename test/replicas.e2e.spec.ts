import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './harness/eventually.ts';
import type { AppProcess } from './harness/process.ts';
import { type System, startSystem, type Team } from './harness/system.ts';

const CLIENTS = 4;
/** Between two requests of a client, so that the machine has something left for processes that start. */
const PAUSE_MS = 20;
/** The balancer asks for readiness four times a second. */
const DRAIN_MS = '1000';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

let system: System;
let team: Team;

beforeAll(async () => {
  const env = { DRAIN_MS };
  system = await startSystem({ replicas: 2, env: { directory: env, billing: env, 'scim-gateway': env } });
  team = await system.createTeam();
});
afterAll(() => system.stop());

describe('two replicas of every service', () => {
  it('are restarted in turn under load, and no request fails and no seat is wrong', async () => {
    const load = underLoad();
    await load.acknowledges(50);
    for (const turn of [0, 1]) {
      await Promise.all(Object.values(system.replicas).map((ofService) => restart(ofService[turn])));
      await load.acknowledges(20);
    }
    expect(await load.end()).toEqual([]);
    await expectSeatsToBeRight();
  });

  it.each(['directory', 'billing', 'scim-gateway'] as const)('go on when one %s is killed under load', async (name) => {
    const load = underLoad();
    await load.acknowledges(50);
    const [killed] = system.replicas[name];
    await killed.kill();
    const since = performance.now();
    await load.acknowledges(CLIENTS);
    const tookMs = performance.now() - since;
    await load.end();
    await expectSeatsToBeRight();
    await killed.start();
    expect(tookMs).toBeLessThan(10_000);
  });
});

describe('a gateway that is told to stop', () => {
  it('is not ready at once, serves on for a while without keeping connections, and ends', async () => {
    const [, gateway] = system.replicas['scim-gateway'];
    const ended = (gateway as AppProcess).stop();
    await eventually(async () => expect((await ask(gateway, '/health/ready')).status).toBe(503));
    const served = await ask(gateway, '/scim/v2/Users?count=0');
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
    expect((await ask(gateway, '/health/live')).status).toBe(200);
    await ended;
    await gateway?.start();
  });

  it('twice ends at once', async () => {
    const [, gateway] = system.replicas['scim-gateway'];
    await gateway?.stop();
    await gateway?.start({ DRAIN_MS: '60000' });
    const ended = (gateway as AppProcess).stop();
    await eventually(async () => expect((await ask(gateway, '/health/ready')).status).toBe(503));
    gateway?.signal('SIGTERM');
    await ended;
  });
});

async function restart(replica: AppProcess | undefined) {
  await replica?.stop();
  await replica?.start();
}

function ask(process: AppProcess | undefined, path: string): Promise<Response> {
  return fetch(`${process?.url}${path}`, { headers: { authorization: `Bearer ${team.token}` } });
}

/** Clients that create, change and read people, and read billing, until they are told to end. */
function underLoad() {
  const failures: string[] = [];
  let acknowledged = 0;
  let going = true;
  const send = async (method: string, path: string, body?: object): Promise<{ id?: string }> => {
    try {
      const response = await fetch(`${team.scimBaseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${team.token}`, 'content-type': 'application/scim+json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      await delay(PAUSE_MS);
      const text = await response.text();
      if (response.ok) acknowledged++;
      else failures.push(`${method} ${path}: ${response.status} ${text}`);
      return response.ok && text ? JSON.parse(text) : {};
    } catch (error) {
      failures.push(`${method} ${path}: ${error} ${(error as Error).cause}`);
      return {};
    }
  };
  const client = async () => {
    while (going) {
      const userName = `${crypto.randomUUID()}@example.com`;
      const { id } = await send('POST', '/Users', { schemas: [USER], userName, active: true });
      if (id === undefined) continue;
      for (const active of [false, true, false].slice(Math.floor(Math.random() * 3))) {
        await send('PATCH', `/Users/${id}`, { schemas: [PATCH], Operations: [{ op: 'replace', value: { active } }] });
      }
      await send('GET', `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
      await team.seats().catch((error) => failures.push(`seats: ${error}`));
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    /** Waits until so many more requests were acknowledged. */
    async acknowledges(more: number) {
      const until = acknowledged + more;
      while (acknowledged < until) await delay(5);
    },
    /** @returns every request that failed */
    async end(): Promise<string[]> {
      going = false;
      await Promise.all(clients);
      return failures;
    },
  };
}

/** The seats are the billable users, and each has its reason: contiguous lines whose count follows from them. */
async function expectSeatsToBeRight() {
  const billable = await team.billable();
  await team.seatsToBe(billable.length);
  const occupied = new Set<string>();
  let sequence = 0;
  for (let after: number | null = 0; after !== null; ) {
    const { lines, next } = await team.ledger(after);
    for (const line of lines) {
      expect(line.sequence).toBe(++sequence);
      expect(occupied.has(line.userId)).toBe(line.kind === 'released');
      if (line.kind === 'occupied') occupied.add(line.userId);
      else occupied.delete(line.userId);
      expect(line.inUse).toBe(occupied.size);
    }
    after = next;
  }
  const users: { id: string }[] = await system.databases.directory.query(
    'SELECT id FROM users WHERE tenant_id = $1 AND active AND deleted_at IS NULL',
    [team.tenantId],
  );
  expect([...occupied].toSorted()).toEqual(users.map(({ id }) => id).toSorted());
}
