import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { people } from '../tools/okta/src/people.ts';
import { ctl } from './harness/ctl.ts';
import { eventually } from './harness/eventually.ts';
import { oktaFor } from './harness/okta.ts';
import { migrate, type System, startSystem, type Team } from './harness/system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

/** The command line as an operator runs it. */
async function operator(...args: string[]): Promise<string> {
  const { code, out, err } = await ctl(system.amqpUrl, ...args);
  expect([code, code === 0 || err]).toEqual([0, true]);
  return out;
}

/** A team with 12 people, of whom 3 were deactivated and 1 came back. */
async function busyTeam(prefix: string): Promise<Team> {
  const team = await system.createTeam();
  const okta = oktaFor(team);
  const crowd = people(12, prefix);
  await okta.app.assignGroup(crowd);
  for (const who of crowd.slice(0, 3)) await okta.app.deactivate(who);
  await okta.app.assign(crowd.slice(0, 1)[0] as (typeof crowd)[number]);
  await team.seatsToBe(10);
  okta.close();
  return team;
}

async function drained(): Promise<void> {
  await eventually(async () => {
    const [{ waiting }] = await system.databases.directory.query(
      'SELECT count(*)::int AS waiting FROM outbox WHERE published_at IS NULL',
    );
    expect(waiting).toBe(0);
  });
}

/** Everything billing holds of a tenant that a replay must not change. */
async function held(tenantId: string) {
  const tables = ['seat', 'ledger_line', 'balance', 'outbox', 'parked'];
  return Promise.all(
    tables.map((table) =>
      system.databases.billing.query(
        `SELECT * FROM ${table} WHERE tenant_id = $1 ORDER BY ${table === 'balance' ? 1 : 2}`,
        [tenantId],
      ),
    ),
  );
}

function byPerson(lines: { userId: string; kind: string }[]): Map<string, string[]> {
  const people = Map.groupBy(lines, ({ userId }) => userId);
  return new Map([...people].map(([userId, its]) => [userId, its.map(({ kind }) => kind)]));
}

describe('replaying events', () => {
  it('changes nothing for a consumer that has them', async () => {
    const team = await busyTeam('had');
    await drained();
    const before = await held(team.tenantId);
    expect(await operator('events', 'replay', '--dry-run', '--type', 'user.#')).toMatch(/user\.created\.v1 +12\n/);
    expect(await operator('events', 'replay')).toMatch(/^\d+ events published again to directory\.events\.\n$/);
    const ofSeats = ['--source', 'billing', '--type', 'seat.#', '--tenant', team.tenantId];
    expect(await operator('events', 'replay', ...ofSeats)).toMatch(/^16 events/);
    // what comes after the replay on the same queue is applied, so the replay was read
    await team.localUser('last@example.com');
    await team.seatsToBe(11);
    expect((await held(team.tenantId))[1]).toHaveLength((before[1]?.length ?? 0) + 1);
    expect((await held(team.tenantId))[1].slice(0, -1)).toEqual(before[1]);
    expect((await held(team.tenantId))[4]).toEqual([]);
  });

  it('lets a consumer that lost its database catch up, while live events flow', async () => {
    const team = await busyTeam('lost');
    await drained();
    const { lines } = await team.ledger();

    await system.billing.stop();
    const { billing } = system.databases;
    await billing.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await migrate('billing', String((billing.options as { url: string }).url));
    await system.billing.start();
    await operator('events', 'replay', '--tenant', team.tenantId);
    const caughtUp = await eventually(async () => {
      const rows = await billing.query(
        'SELECT kind, user_id AS "userId" FROM ledger_line WHERE tenant_id = $1 ORDER BY sequence',
        [team.tenantId],
      );
      expect(rows).toHaveLength(lines.length);
      return rows;
    });
    // Creates that overlapped have no order (docs/adr/0002), so the lines are compared a person at a time.
    expect(byPerson(caughtUp)).toEqual(byPerson(lines));

    const other = await busyTeam('live');
    await system.billing.stop();
    await billing.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await migrate('billing', String((billing.options as { url: string }).url));
    await system.billing.start();
    // the newest first: a live event of everybody, then their past
    const okta = oktaFor(other);
    await okta.app.assignGroup(people(2, 'more'));
    await operator('events', 'replay');
    okta.close();
    for (const { tenantId, billable } of [team, other]) {
      const active = await billable();
      await eventually(async () => {
        const [row] = await billing.query('SELECT in_use FROM balance WHERE tenant_id = $1', [tenantId]);
        expect(row?.in_use).toBe(active.length);
      });
    }
  });
});
