import { deepStrictEqual, equal, notEqual, ok, rejects } from 'node:assert/strict';
import type { Style } from '../../../tools/okta/src/app.ts';
import { type Person, people, person } from '../../../tools/okta/src/people.ts';
import { type Okta, oktaFor } from '../../harness/okta.ts';
import type { Team } from '../../harness/system.ts';
import type { Scenario, Section } from '../case.ts';
import { NOBODY } from '../messages.ts';

interface Stage extends Okta {
  team: Team;
  /** people of this scenario alone */
  who: (count: number) => Person[];
  /** a name of this scenario alone */
  title: string;
  /** logins in the service's group */
  members: (id: string) => Promise<string[]>;
  /** the service's copy of a person */
  read: (person: Person) => Promise<Record<string, unknown>>;
}

/** A case of Okta's test plan, by its number there, once for each way in which Okta writes. */
function scenario(
  name: string,
  play: (stage: Stage) => Promise<void>,
  styles: readonly Style[] = ['catalogue', 'custom'],
): Scenario[] {
  return styles.map((style) => ({
    name: `${name} (${style} app)`,
    async run(team) {
      const okta = oktaFor(team, style);
      const title = `${name.split(' ')[0]}-${style}`;
      try {
        await play({
          ...okta,
          team,
          title,
          who: (count) => people(count, title),
          members: async (id) => {
            const { members } = await okta.groups.readGroup(id);
            return ((members ?? []) as { display: string }[]).map(({ display }) => display).sort();
          },
          read: async (who) => {
            const user = await okta.app.findUser(who.login);
            ok(user, `${who.login} is not found`);
            return user;
          },
        });
      } finally {
        okta.close();
      }
    },
  }));
}

const logins = (those: readonly Person[]) => those.map(({ login }) => login).sort();
const first = ([one]: readonly Person[]): Person => {
  ok(one);
  return one;
};

const preparations = [
  ...scenario(
    'C9340 wrong credentials are told apart',
    async ({ team }) => {
      const wrong = oktaFor({ ...team, token: `${team.token.slice(0, -2)}zz` });
      await rejects(wrong.app.testCredentials(), { status: 401 });
      wrong.close();
    },
    ['catalogue'],
  ),
  ...scenario(
    'C9341 right credentials are accepted, by every probe',
    async ({ app }) => {
      for (const probe of ['current', 'older', 'groups'] as const) await app.testCredentials(probe);
    },
    ['catalogue'],
  ),
];

const users = [
  ...scenario('C9290 a new person is assigned', async ({ app, who, read }) => {
    const one = first(who(1));
    equal((await app.assign(one)).how, 'created');
    const { name, active, externalId } = await read(one);
    deepStrictEqual(
      [name, active, externalId],
      [{ givenName: one.givenName, familyName: one.familyName }, true, one.externalId],
    );
  }),
  ...scenario('C9293 a person is reactivated', async ({ app, who, read }) => {
    const one = first(who(1));
    await app.assign(one);
    await app.deactivate(one);
    await app.reactivate(one);
    equal((await read(one)).active, true);
  }),
  ...scenario('C9293 a person is assigned again after an unassignment: the same user', async ({ app, who, read }) => {
    const one = { ...first(who(2)), login: `again.${who(2)[1]?.login}` };
    const { id } = await app.assign(one);
    await app.unassign(one);
    deepStrictEqual(await app.assign(one), { person: one, id, how: 'linked' });
    equal((await read(one)).active, true);
  }),
  ...scenario('C9293 and without a look-up first: a 409 that the look-up resolves', async ({ app, who }) => {
    const one = { ...first(who(3)), login: `blind.${who(3)[2]?.login}` };
    const { id } = await app.assign(one);
    await app.unassign(one);
    equal((await app.assign(one, { lookup: false })).id, id);
  }),
  ...scenario('C9307 an Okta group is assigned: its people, and no group', async ({ app, groups, who, title }) => {
    const { assigned, tasks } = await app.assignGroup(who(12));
    deepStrictEqual([assigned.length, tasks], [12, []]);
    equal(await groups.findGroup(title), undefined);
  }),
  ...scenario('C9335 a person who is here already is linked and updated', async ({ app, team, title, read }) => {
    const one = { ...person(0, title), login: `here.${title}@example.com` };
    const local = await team.localUser(one.login);
    deepStrictEqual(await app.assign(one), { person: one, id: local.id, how: 'linked' });
    equal((await read(one)).displayName, one.displayName);
  }),
  ...scenario('C9336 names beyond ASCII', async ({ app, who, read }) => {
    const one = { ...first(who(1)), givenName: 'Łukasz', familyName: "O'Brien-Ünal", displayName: '张伟 🎉' };
    await app.assign(one);
    deepStrictEqual((await read(one)).displayName, '张伟 🎉');
  }),
  ...scenario('C9291 attributes are updated', async ({ app, who, read }) => {
    const one = first(who(1));
    await app.assign(one);
    await app.update({ ...one, givenName: 'New', displayName: 'New Name' });
    const { name, displayName } = await read(one);
    deepStrictEqual([name, displayName], [{ givenName: 'New', familyName: one.familyName }, 'New Name']);
  }),
  ...scenario('C9310 the login changes', async ({ app, who }) => {
    const one = { ...first(who(4)), login: `before.${who(4)[3]?.login}` };
    const { id } = await app.assign(one);
    const renamed = { ...one, login: `after.${who(4)[3]?.login}` };
    await app.update(renamed);
    equal((await app.findUser(renamed.login))?.id, id);
    equal(await app.findUser(one.login), undefined);
  }),
  ...scenario('C9337 empty values are pushed', async ({ app, who, read }) => {
    const one = first(who(1));
    await app.assign(one);
    await app.update({ ...one, displayName: '', locale: '' });
    notEqual((await read(one)).displayName, one.displayName);
  }),
  ...scenario('C9292 a person is deactivated, and is still found', async ({ app, who, read }) => {
    const one = first(who(1));
    await app.assign(one);
    await app.deactivate(one);
    equal((await read(one)).active, false);
  }),
  ...scenario('C9311 a group is unassigned: all its people are inactive', async ({ app, who, read }) => {
    const those = who(5);
    await app.assignGroup(those);
    for (const one of those) await app.unassign(one);
    for (const one of those) equal((await read(one)).active, false);
  }),
  ...scenario('C9301 a password is pushed and never comes back', async ({ app, who, read, exchanges }) => {
    const one = first(who(1));
    await app.assign(one);
    await app.pushPassword(one, 'c0rrect horse');
    ok(!JSON.stringify(await read(one)).includes('c0rrect horse'));
    ok(exchanges.length > 0);
  }),
  ...scenario('C9303 everybody is imported once, whoever made them', async ({ app, team, who }) => {
    await app.assignGroup(who(3));
    const local = await team.localUser(`imported.${who(1)[0]?.login}`);
    const imported = (await app.importUsers()).map(({ id }) => id);
    equal(new Set(imported).size, imported.length);
    ok(imported.includes(local.id));
  }),
  ...scenario('C9338 groups are imported, local ones too', async ({ app, team, title }) => {
    const local = await team.localGroup(`Imported ${title}`, []);
    ok((await app.importGroups()).some(({ id }) => id === local.id));
  }),
];

const pushes = [
  ...scenario('C9312 a group is pushed', async ({ app, groups, who, title, members }) => {
    await app.assignGroup(who(5));
    const group = await groups.pushGroup({ name: title, members: who(5) });
    equal(group.how, 'created');
    deepStrictEqual(await members(group.id), logins(who(5)));
  }),
  ...scenario('C9312 a group is pushed, its members in the create', async ({ app, groups, who, title, members }) => {
    await app.assignGroup(who(3));
    const group = await groups.pushGroup({ name: `${title} filled`, members: who(3) }, { filled: true });
    deepStrictEqual(await members(group.id), logins(who(3)));
  }),
  ...scenario('C9312 a member nobody knows does not hold the push up', async ({ app, groups, who, title, members }) => {
    await app.assignGroup(who(2));
    const stranger = { value: NOBODY, display: 'gone@example.com' };
    const group = await groups.pushGroup({ name: `${title} stranger`, members: [stranger, ...who(2)] });
    deepStrictEqual(await members(group.id), logins(who(2)));
  }),
  ...scenario(
    'C9312 300 members, several PATCHes at once: nobody is lost',
    async ({ app, groups, who, title, members }) => {
      await app.assignGroup(who(300));
      const group = await groups.pushGroup({ name: `${title} large`, members: who(300) });
      deepStrictEqual(await members(group.id), logins(who(300)));
    },
    ['catalogue'],
  ),
  ...scenario(
    'C9330 a local group is linked: who was there stays',
    async ({ app, groups, team, who, title, members }) => {
      await app.assignGroup(who(3));
      const old = `old.${title}@example.com`;
      await team.localUser(old);
      const local = await team.localGroup(`Linked ${title}`, [old]);
      const group = await groups.pushGroup({ name: `Linked ${title}`, members: who(3) });
      deepStrictEqual([group.how, group.id], ['linked', local.id]);
      deepStrictEqual(await members(group.id), [...logins(who(3)), old].sort());
    },
  ),
  ...scenario('C9330 the same by a create without a look-up', async ({ app, groups, team, who, title, members }) => {
    await app.assignGroup(who(1));
    const old = `old.blind.${title}@example.com`;
    await team.localUser(old);
    const local = await team.localGroup(`Blind ${title}`, [old]);
    const group = await groups.pushGroup({ name: `Blind ${title}`, members: who(1) }, { lookup: false, filled: true });
    equal(group.id, local.id);
    deepStrictEqual(await members(group.id), [...logins(who(1)), old].sort());
  }),
  ...scenario(
    'C9315 a linked group is renamed: its members stay',
    async ({ app, groups, team, who, title, members }) => {
      await app.assignGroup(who(2));
      const local = await team.localGroup(`Renamed ${title}`, []);
      const group = await groups.linkGroup({ id: local.id, name: `Renamed ${title}` });
      await groups.changeMembers(group, { add: who(2) });
      await groups.renameGroup(group, `New name ${title}`);
      equal((await groups.findGroup(`New name ${title}`))?.id, local.id);
      deepStrictEqual(await members(local.id), logins(who(2)));
    },
  ),
  ...scenario('C9316 push now mends what has drifted', async ({ app, groups, who, title, members }) => {
    await app.assignGroup(who(4));
    const group = await groups.pushGroup({ name: `${title} now`, members: who(4) });
    group.members.delete(app.idOf(first(who(4))));
    await groups.pushNow(group);
    deepStrictEqual(await members(group.id), logins(who(4).slice(1)));
    await groups.pushNow(group, 'pathless');
    deepStrictEqual(await members(group.id), logins(who(4).slice(1)));
  }),
  ...scenario('C9317 an empty group', async ({ groups, title, members }) => {
    const group = await groups.pushGroup({ name: `${title} empty`, members: [] });
    deepStrictEqual(await members(group.id), []);
    await groups.pushNow(group);
    deepStrictEqual(await members(group.id), []);
  }),
  ...scenario('C9332 and C9333 members come and go, in one change', async ({ app, groups, who, title, members }) => {
    await app.assignGroup(who(6));
    const group = await groups.pushGroup({ name: title, members: who(6).slice(0, 4) });
    await groups.changeMembers(group, { remove: who(6).slice(0, 2), add: who(6).slice(4) });
    deepStrictEqual(await members(group.id), logins(who(6).slice(2)));
  }),
  ...scenario(
    'C9320 a push stopped and started again changes nothing',
    async ({ app, groups, who, title, members }) => {
      await app.assignGroup(who(2));
      const group = await groups.pushGroup({ name: title, members: who(2) });
      const again = await groups.pushGroup({ name: title, members: who(2) });
      deepStrictEqual([again.how, again.id], ['linked', group.id]);
      deepStrictEqual(await members(group.id), logins(who(2)));
    },
  ),
  ...scenario(
    'C9318 a pushed group is unlinked and deleted: gone, its people stay',
    async ({ app, groups, who, title, read }) => {
      await app.assignGroup(who(2));
      const group = await groups.pushGroup({ name: title, members: who(2) });
      await groups.unlinkGroup(group, { deleteGroup: true });
      equal(await groups.findGroup(title), undefined);
      equal((await read(first(who(2)))).active, true);
    },
  ),
  ...scenario(
    'C9318 a linked group is unlinked and deleted: local again, who was there stays',
    async ({ app, groups, team, who, title, members }) => {
      await app.assignGroup(who(2));
      const old = `old.${title}@example.com`;
      await team.localUser(old);
      const local = await team.localGroup(`Given back ${title}`, [old]);
      const group = await groups.pushGroup({ name: `Given back ${title}`, members: who(2) });
      await groups.unlinkGroup(group, { deleteGroup: true });
      equal((await groups.findGroup(`Given back ${title}`))?.id, local.id);
      deepStrictEqual(await members(local.id), [old]);
    },
  ),
  ...scenario('C9321 and C9322 a group is left and linked again', async ({ app, groups, who, title, members }) => {
    await app.assignGroup(who(3));
    const group = await groups.pushGroup({ name: title, members: who(2) });
    await groups.unlinkGroup(group, { deleteGroup: false });
    deepStrictEqual(await members(group.id), logins(who(2)));
    const again = await groups.pushGroup({ name: title, members: who(3) });
    equal(again.id, group.id);
    deepStrictEqual(await members(group.id), logins(who(3)));
  }),
];

/** The cases of Okta's test plan that have a meaning on the wire, played by the stand-in for Okta. */
export const oktaTestPlan: readonly Section[] = [
  { name: 'Okta test plan: credentials and users', cases: [...preparations, ...users] },
  { name: 'Okta test plan: group push', cases: pushes },
];
