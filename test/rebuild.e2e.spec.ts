import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LOCAL_USERS } from '#directory-api/admin';
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

/** Eight people, one after another: two left, one of them came back, one is gone; three are light, one of these is in a further group. */
async function busyTeam(prefix: string): Promise<Team> {
  const team = await system.createTeam('users_and_groups');
  const okta = oktaFor(team);
  const crowd = people(8, prefix);
  for (const who of crowd) await okta.app.assign(who);
  const [ada, bob, cyd, dan, eve] = crowd as [Person, Person, Person, Person, Person];
  for (const who of [ada, bob]) await okta.app.deactivate(who);
  await okta.app.reactivate(ada);
  await okta.groups.pushGroup({ name: 'GURU:Light User Group', members: [cyd, dan, eve] });
  await okta.groups.pushGroup({ name: `Sales ${prefix}`, members: [eve] });
  okta.close();
  const last = await team.localUser(`${prefix}@example.com`);
  await system.ask.directory(LOCAL_USERS.signIn, { tenantId: team.tenantId, userName: `${prefix}@example.com` });
  // the last event of all: billing has those before it
  await eventually(async () => {
    const [seat] = await system.databases.billing.query('SELECT version FROM seat WHERE user_id = $1', [last.id]);
    expect(seat?.version).toBe('2');
  });
  await team.seatsToBe(8);
  return team;
}

/** Its first member leaves it, by a request of the provider. */
async function changeLightGroup({ scimBaseUrl, token, tenantId }: Team): Promise<void> {
  const [group] = await system.databases.directory.query(
    `SELECT g.id, m.user_id AS member FROM groups g JOIN memberships m ON m.tenant_id = g.tenant_id AND m.group_id = g.id
     WHERE g.tenant_id = $1 AND g.display_name = 'GURU:Light User Group' ORDER BY m.user_id LIMIT 1`,
    [tenantId],
  );
  const response = await fetch(`${scimBaseUrl}/Groups/${group.id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'remove', path: `members[value eq "${group.member}"]` }],
    }),
  });
  if (!response.ok) throw new Error(await response.text());
}

type Person = ReturnType<typeof people>[number];

async function anotherDatabase(): Promise<void> {
  const { billing } = system.databases;
  await system.billing.stop();
  await billing.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await migrate('billing', String((billing.options as { url: string }).url));
  await system.billing.start();
}

/** The ledger without what is new each time. */
function ledger({ tenantId }: Team): Promise<object[]> {
  return system.databases.billing.query(
    `SELECT sequence, kind, user_id, seat_class, effective_at, event_id, event_type, request_id, actor, in_use, in_use_light
     FROM ledger_line WHERE tenant_id = $1 ORDER BY sequence`,
    [tenantId],
  );
}

/** Who takes a seat, of which class. */
function seats({ tenantId }: Team): Promise<object[]> {
  return system.databases.billing.query(
    `SELECT user_id, user_name, version, light_groups, core_groups FROM seat WHERE tenant_id = $1 AND occupied ORDER BY user_id`,
    [tenantId],
  );
}

describe('billing with a new database', () => {
  it('has the same ledger again, from what the directory told', async () => {
    const team = await busyTeam('kept');
    const before = await ledger(team);
    expect(before.length).toBeGreaterThan(11);
    await anotherDatabase();
    const run = (...more: string[]) => ctl(system.amqpUrl, 'billing', 'rebuild', '--tenant', team.tenantId, ...more);
    expect(await run('--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+ events of 1 tenant are kept/),
    });
    expect(await run()).toMatchObject({
      code: 0,
      out: expect.stringMatching(/events and 2 snapshots told, \d+ ledger lines\.\n$/),
    });
    expect(await ledger(team)).toEqual(before);

    expect(await run()).toMatchObject({ code: 1, out: '', err: expect.stringContaining('never written anew') });
    expect(await run('--resume')).toMatchObject({ code: 0 });
    expect(await ledger(team)).toEqual(before);
  });

  it('has the same seats again where older events are gone, from what the directory has', async () => {
    const team = await busyTeam('gone');
    const before = await seats(team);
    const [row] = await system.databases.directory.query(
      `DELETE FROM outbox WHERE tenant_id = $1 AND position <= (
         SELECT percentile_disc(0.8) WITHIN GROUP (ORDER BY position) FROM outbox WHERE tenant_id = $1)
       RETURNING (SELECT count(*)::int FROM outbox WHERE tenant_id = $1) AS were`,
      [team.tenantId],
    );
    expect(row.length).toBeGreaterThan(5);
    await anotherDatabase();
    const done = await ctl(system.amqpUrl, 'billing', 'rebuild');
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+ tenants: \d+ events and 13 snapshots told/),
    });
    expect(await seats(team)).toEqual(before);
    expect(await ctl(system.amqpUrl, 'billing', 'reconcile', '--tenant', team.tenantId)).toMatchObject({ code: 0 });
  });

  it('has everybody in their groups also where a group changes before the rest of it is told', async () => {
    const team = await busyTeam('meanwhile');
    const before = await seats(team);
    await anotherDatabase();
    await changeLightGroup(team);
    await eventually(async () => {
      const [group] = await system.databases.billing.query('SELECT version FROM directory_group');
      expect(Number(group?.version)).toBeGreaterThan(1);
    });
    const run = (...words: string[]) => ctl(system.amqpUrl, 'billing', ...words, '--tenant', team.tenantId);
    expect(await run('rebuild', '--resume')).toMatchObject({ code: 0 });
    const after = await seats(team);
    expect(after).toHaveLength(before.length);
    expect(after).not.toEqual(before);
    expect(await run('reconcile')).toMatchObject({ code: 0 });
    expect(await run('verify')).toMatchObject({ code: 0 });
  });

  it('refuses a tenant that the directory does not have', async () => {
    const said = await ctl(system.amqpUrl, 'billing', 'rebuild', '--tenant', '0192d5a4-7c1e-7000-8000-000000000001');
    expect(said).toMatchObject({ code: 1, out: '', err: expect.stringContaining('ctl tenant list') });
  });
});
