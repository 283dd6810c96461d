import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SSO, TENANTS } from '#directory-api/admin';
import { CONNECTIONS } from '#directory-api/connections';
import { people, person } from '../tools/okta/src/people.ts';
import { type Okta, oktaFor } from './harness/okta.ts';
import { type System, startSystem, type Team } from './harness/system.ts';

let system: System;
const open: Okta[] = [];

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
afterEach(() => {
  for (const okta of open.splice(0)) okta.close();
});

function okta(team: Pick<Team, 'scimBaseUrl' | 'username' | 'token'>, style?: 'custom' | 'catalogue'): Okta {
  const made = oktaFor(team, style);
  open.push(made);
  return made;
}

describe('the set-up article', () => {
  it('1: SSO comes first: SCIM cannot be turned on before it, and can after', async () => {
    const { tenantId } = await system.ask.directory<{ tenantId: string }>(TENANTS.create, { name: 'Example Team' });
    await expect(system.ask.directory(CONNECTIONS.enable, { tenantId })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('Set SSO up'),
    });
    await system.ask.directory(SSO.set, {
      tenantId,
      kind: 'oidc',
      issuer: 'idp',
      signInUrl: 'https://idp.example.com',
    });
    await expect(system.ask.directory(CONNECTIONS.enable, { tenantId })).resolves.toHaveProperty('token');
  });

  it('2: the credentials test says yes to the pasted username and token, and no to anything else', async () => {
    const team = await system.createTeam();
    await okta(team).app.testCredentials();
    await expect(okta({ ...team, token: `${team.token.slice(0, -1)}_` }).app.testCredentials()).rejects.toMatchObject({
      status: 401,
    });
    await expect(okta({ ...team, username: 'somebody' }).app.testCredentials()).rejects.toMatchObject({ status: 401 });
  });

  it('2: a token that was exchanged or turned off soon says no', async () => {
    const team = await system.createTeam();
    const { app } = okta(team);
    await app.testCredentials();
    await system.ask.directory(CONNECTIONS.rotate, { tenantId: team.tenantId });
    const revoked = performance.now();
    for (;;) {
      const says = await app.testCredentials().then(
        () => 'yes',
        (error: { status: number }) => error.status,
      );
      if (says === 401) break;
      if (performance.now() - revoked > 5_000) throw new Error('the old token still works');
    }
  });

  it.each(['catalogue', 'custom'] as const)(
    '3: a %s app creates, updates, deactivates and reactivates',
    async (style) => {
      const team = await system.createTeam();
      const { app } = okta(team, style);
      const ada = person(1, style);
      await expect(app.assign(ada)).resolves.toMatchObject({ how: 'created' });
      await team.seatsToBe(1);
      await app.update({ ...ada, familyName: 'Byron' });
      await app.deactivate(ada);
      await team.seatsToBe(0);
      await app.reactivate(ada);
      await team.seatsToBe(1);
      const { lines } = await team.ledger();
      expect(lines.map(({ kind, inUse }) => [kind, inUse])).toEqual([
        ['occupied', 1],
        ['released', 0],
        ['occupied', 1],
      ]);
    },
  );

  it('3: a userName that is not an email address is refused with where to mend it in Okta', async () => {
    const team = await system.createTeam();
    const task = okta(team).app.assign({ ...person(1, 'login'), login: 'ada' });
    await expect(task).rejects.toMatchObject({
      status: 400,
      scimType: 'invalidValue',
      detail: expect.stringContaining('Application username format'),
    });
    expect(await team.billable()).toEqual([]);
  });

  it('4: people who are removed in Okta but not deactivated stay active and stay billed', async () => {
    const team = await system.createTeam();
    const { app } = okta(team);
    await app.assignGroup(people(3, 'stay'));
    await team.seatsToBe(3);
    // Deactivate Users is off in Okta: removing an assignment sends nothing at all.
    await app.importUsers();
    expect(await team.billable()).toHaveLength(3);
    expect((await team.seats()).inUse).toBe(3);
  });

  it('5: assigning a group of 200 makes its users in a batch and no group', async () => {
    const team = await system.createTeam();
    const { app } = okta(team);
    const { assigned, tasks } = await app.assignGroup(people(200, 'batch'));
    expect(tasks).toEqual([]);
    expect(assigned).toHaveLength(200);
    await team.seatsToBe(200);
    expect(await app.importUsers()).toHaveLength(200);
    expect(await app.importGroups()).toEqual([]);
  });

  it('6: pushing a group whose name exists links it: members are added and everyone stays', async () => {
    const team = await system.createTeam();
    const { app, groups } = okta(team);
    await team.localUser('before@example.com');
    const { id } = await team.localGroup('Sales', ['before@example.com']);
    const members = people(150, 'push');
    await app.assignGroup(members);

    const pushed = await groups.pushGroup({ name: 'Sales', members });
    expect(pushed.id).toBe(id);
    await groups.renameGroup(pushed, 'Sales EMEA');
    const read = await groups.readGroup(id);
    const displays = (read.members as { display: string }[]).map((member) => member.display);
    expect(displays).toHaveLength(151);
    expect(displays).toContain('before@example.com');
    expect(read.displayName).toBe('Sales EMEA');
    await team.seatsToBe(151);
  });

  it('6: unlinking ends what Okta brought and leaves the group as it was before', async () => {
    const team = await system.createTeam();
    const { app, groups } = okta(team);
    await team.localUser('before@example.com');
    const { id } = await team.localGroup('Sales', ['before@example.com']);
    const members = people(3, 'unlink');
    await app.assignGroup(members);
    const pushed = await groups.pushGroup({ name: 'Sales', members });
    await groups.unlinkGroup(pushed, { deleteGroup: true });
    const read = await groups.readGroup(id);
    expect((read.members as { display: string }[]).map((member) => member.display)).toEqual(['before@example.com']);
    await expect(groups.pushGroup({ name: 'Sales', members: [] })).resolves.toMatchObject({ id });
  });

  it('users only: groups are refused with the name of the switch', async () => {
    const team = await system.createTeam('users');
    const { app, groups } = okta(team);
    await app.assign(person(1, 'scope'));
    await expect(groups.pushGroup({ name: 'Sales', members: [] })).rejects.toMatchObject({ status: 403 });
  });
});
