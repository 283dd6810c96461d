import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startRabbitmq } from '../scripts/services/rabbitmq.mjs';
import { people, person } from '../tools/okta/src/people.ts';
import { eventually } from './harness/eventually.ts';
import { type Okta, oktaFor } from './harness/okta.ts';
import { FaultyProxy } from './harness/proxy.ts';
import { required } from './harness/required.ts';
import { type System, startSystem, type Team } from './harness/system.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function start(options: Parameters<typeof startSystem>[0] = {}): Promise<System> {
  const system = await startSystem(options);
  cleanUp.push(() => system.stop());
  return system;
}

function okta(team: Team): Okta {
  const made = oktaFor(team);
  cleanUp.push(() => made.close());
  return made;
}

/** Every seat has its reason: contiguous lines, and the count that follows from them. */
async function expectSoundLedger(team: Team): Promise<void> {
  const { lines } = await team.ledger();
  const occupied = new Set<string>();
  for (const [index, line] of lines.entries()) {
    expect(line.sequence).toBe(index + 1);
    expect(occupied.has(line.userId)).toBe(line.kind === 'released');
    if (line.kind === 'occupied') occupied.add(line.userId);
    else occupied.delete(line.userId);
    expect(line.inUse).toBe(occupied.size);
  }
  expect(await team.reconcile()).toMatchObject({ status: 'agreed', differences: [] });
}

describe('the directory is killed between commit and reply', () => {
  it('and the redelivered command is answered as it was, with one user and one seat', async () => {
    const proxy = new FaultyProxy(new URL(required('TEST_AMQP_URL')));
    await proxy.listen();
    cleanUp.push(() => proxy.close());
    const system = await start({ directoryAmqpUrl: (url) => proxy.url(url) });
    const team = await system.createTeam();
    const ada = person(1, 'crash');

    proxy.hold();
    const assigned = okta(team).app.assign(ada, { lookup: false });
    await eventually(async () => expect(await team.billable()).toEqual([ada.login]));
    await system.directory.kill();
    await system.directory.start({ AMQP_URL: system.amqpUrl });

    const { id } = await assigned;
    await team.seatsToBe(1);
    expect(await team.billable()).toEqual([ada.login]);
    const [row] = await system.databases.directory.query(
      'SELECT array_agg(id) AS ids FROM users WHERE tenant_id = $1',
      [team.tenantId],
    );
    expect(row.ids).toEqual([id]);
    await expectSoundLedger(team);
  });
});

describe('the broker is killed under load', () => {
  it('and nothing that was acknowledged is lost: every user and every seat is there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rollcall-broker-'));
    cleanUp.push(() => rm(directory, { recursive: true, force: true }));
    const broker = await startRabbitmq({ directory });
    cleanUp.push(() => broker.stop());
    const system = await start({ broker });
    const team = await system.createTeam();
    const { app } = okta(team);

    // A broker that is killed within moments of the first declaration of a queue may lose the queue, so the load runs first.
    const acknowledged: string[] = [];
    const refusals = new Set<number>();
    const crowd = people(4_000, 'broker');
    let restarted: Promise<void> | undefined;
    let isBack = false;
    const client = async () => {
      for (let who = crowd.pop(); who && !isBack; who = crowd.pop()) {
        const status = await app.assign(who, { lookup: false }).then(
          () => 201,
          (task: { status: number }) => task.status,
        );
        if (status === 201) acknowledged.push(who.login);
        else refusals.add(status);
        if (acknowledged.length === 1_000) {
          restarted ??= broker.kill().then(() => broker.restart());
          void restarted.then(() => {
            isBack = true;
          });
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    await restarted;
    await eventually(() => app.assign(person(1, 'after')), 60_000);
    acknowledged.push(person(1, 'after').login);

    expect([...refusals]).toEqual(refusals.size > 0 ? [503] : []);
    const billable = await team.billable();
    expect(billable).toEqual(expect.arrayContaining(acknowledged));
    await team.seatsToBe(billable.length);
    await expectSoundLedger(team);
  }, 180_000);
});

describe('billing is down for a while', () => {
  it('and SCIM goes on; the seats catch up in order when it is back', async () => {
    const system = await start();
    const team = await system.createTeam();
    const { app } = okta(team);
    const [ada, ...others] = people(30, 'billing');
    if (!ada) throw new Error('nobody');
    await app.assign(ada);
    await team.seatsToBe(1);

    await system.billing.kill();
    await app.assignGroup(others);
    await app.deactivate(ada);
    await app.reactivate(ada);
    await app.deactivate(ada);
    await system.billing.start();

    await team.seatsToBe(29);
    await expectSoundLedger(team);
    const { lines } = await team.ledger();
    const first = lines[0]?.userId;
    expect(lines.filter(({ userId }) => userId === first).map(({ kind }) => kind)).toEqual([
      'occupied',
      'released',
      'occupied',
      'released',
    ]);
  });
});

describe('the directory is away', () => {
  it('and a write is refused with 503, Retry-After and a SCIM body', async () => {
    const system = await start({ env: { 'scim-gateway': { COMMAND_DEADLINE_MS: '5000' } } });
    const team = await system.createTeam();
    await okta(team).app.testCredentials();
    await system.directory.kill();
    const response = await fetch(`${team.scimBaseUrl}/Users`, {
      headers: { authorization: `Bearer ${team.token}` },
    });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '503',
    });
  });
});
