import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { newId } from '#runtime/ids';
import { matches, parseFilter } from '#scim/filter';
import { groupType } from '#scim/group';
import type { Resource } from '#scim/resource';
import { userType } from '#scim/user';
import { command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { changeMembers } from './memberships.ts';

let directory: Directory;
let team: Team;

beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

beforeEach(async () => {
  team = await createTeam(directory);
});

const user = async (name: string) => String((await team.createUser(`${name}@example.com`)).id);
const group = async (name: string, ...members: string[]) => String((await team.createGroup(name, members)).id);
const addition = (...ids: string[]) => ({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });
const removal = (id: string) => ({ op: 'remove', path: `members[value eq "${id}"]` });
const add = (id: string, ...members: string[]) => team.patchGroup(id, [addition(...members)]);
const remove = (id: string, member: string) => team.patchGroup(id, [removal(member)]);
const read = (id: string) => directory.groups.get({ ...team.base, id });
const drop = (id: string) => directory.groups.delete({ ...team.base, id }, command());
const versionOf = async (id: string) => (await read(id)).meta?.version;
const membersOf = (id: string) => team.memberNames(id);
const told = async () => (await team.events()).filter(({ type }) => type.startsWith('group.'));
const cyclic = { status: 400, scimType: 'invalidValue' };

/** The groups a user shows, as `name direct` or `name indirect`. */
async function groupsOf(id: string): Promise<string[]> {
  const { groups } = await directory.users.get({ ...team.base, id });
  return (groups as { display: string; type: string }[]).map(({ display, type }) => `${display} ${type}`).sort();
}

describe('a group as a member', () => {
  it('is shown as what it is, whatever the client calls it, and told as a group', async () => {
    const [ada, inner] = [await user('ada'), await group('Inner')];
    const outer = await group('Outer', ada);
    const value = [
      { value: inner, type: 'User', display: 'x' },
      { value: ada, type: 'Group' },
    ];
    const version = await team.patchGroup(outer, [{ op: 'add', path: 'members', value }]);
    const base = 'https://scim.example.com/scim/v2';
    expect((await read(outer)).members).toEqual([
      { value: ada, display: 'ada@example.com', type: 'User', $ref: `${base}/Users/${ada}` },
      { value: inner, display: 'Inner', type: 'Group', $ref: `${base}/Groups/${inner}` },
    ]);
    const last = (await told()).at(-1);
    expect(last).toMatchObject({ version, data: { groupId: outer, added: [], removed: [], addedGroups: [inner] } });
    expect(last?.data).not.toHaveProperty('removedGroups');
    expect(await add(outer, inner, ada)).toBe(version);
    await remove(outer, inner);
    expect((await told()).at(-1)).toMatchObject({ data: { added: [], removed: [], removedGroups: [inner] } });
    expect(await membersOf(outer)).toEqual(['ada@example.com']);
  });

  it('comes with a POST and a PUT, which replaces users and groups alike', async () => {
    const [ada, bob, one, two] = [await user('ada'), await user('bob'), await group('One'), await group('Two')];
    const outer = await group('Outer', ada, one);
    expect(await membersOf(outer)).toEqual(['One', 'ada@example.com']);
    await team.replaceGroup(outer, 'Outer', [bob, two]);
    expect(await membersOf(outer)).toEqual(['Two', 'bob@example.com']);
    expect((await told()).at(-1)).toMatchObject({
      data: { added: [bob], removed: [ada], addedGroups: [two], removedGroups: [one] },
    });
    await team.patchGroup(outer, [{ op: 'remove', path: 'members' }]);
    expect(await membersOf(outer)).toEqual([]);
  });

  it('that is gone, of another tenant or nobody is skipped, or has a strict write refused whole', async () => {
    const other = await createTeam(directory);
    const foreign = String((await other.createGroup('Foreign')).id);
    const [gone, inner, outer] = [await group('Gone'), await group('Inner'), await group('Outer')];
    await drop(gone);
    await add(outer, gone, foreign, newId(), 'x', inner);
    expect(await membersOf(outer)).toEqual(['Inner']);
    await team.configure({ strictMembers: true });
    const [ada, before] = [await user('ada'), (await told()).length];
    await expect(add(outer, ada, foreign)).rejects.toMatchObject(cyclic);
    expect((await told()).length).toBe(before);
    await add(outer, ada, inner);
    expect(await membersOf(outer)).toEqual(['Inner', 'ada@example.com']);
  });

  it('is told in events of bounded size', async () => {
    const ids = Array.from({ length: 1_200 }, newId);
    await directory.dataSource.query(
      `INSERT INTO groups (tenant_id, id, display_name, display_name_key, origin, data, version, created_at, updated_at)
       SELECT $1, id, id, id, 'local', '{}', 1, now(), now() FROM unnest($2::uuid[]) AS id`,
      [team.tenantId, ids],
    );
    await group('Outer', await user('ada'), ...ids);
    const sizes = (await told()).slice(1).map(({ data }) => (data as { addedGroups: string[] }).addedGroups.length);
    expect(sizes).toEqual([1_000, 200]);
  });
});

describe('the provenance of a group in a group', () => {
  let ada: string;
  let outer: string;
  let local: string;
  beforeEach(async () => {
    ada = await user('ada');
    local = (await team.localGroup('Local')).id;
    outer = (await team.localGroup('Outer', [], ['local'])).id;
  });

  it('is told and shown for one that the app made', async () => {
    expect(await membersOf(outer)).toEqual(['Local']);
    expect((await told()).at(-1)).toMatchObject({ version: 2, data: { added: [], addedGroups: [local] } });
    await expect(team.localGroup('Other', [], ['Nobody'])).rejects.toMatchObject({ status: 404 });
  });

  it('keeps local ones when the connection removes or replaces members', async () => {
    const pushed = await group('Pushed');
    await team.createGroup('Outer', [pushed, local, ada]);
    await remove(outer, local);
    await team.replaceGroup(outer, 'Outer', [ada]);
    expect(await membersOf(outer)).toEqual(['Local', 'ada@example.com']);
  });

  it('ends local ones under a connection that is authoritative, but not by letting go', async () => {
    await team.configure({ memberPolicy: 'idp_is_authoritative' });
    await team.createGroup('Outer', [ada]);
    await team.unlinkGroup('Outer');
    expect(await membersOf(outer)).toEqual(['Local']);
    await team.replaceGroup(outer, 'Outer', [ada]);
    expect(await membersOf(outer)).toEqual(['ada@example.com']);
  });

  it('ends with the link: what the provider brought goes, what was there stays', async () => {
    const pushed = await group('Pushed');
    await team.createGroup('Outer', [pushed, local, ada]);
    await drop(outer);
    expect(await membersOf(outer)).toEqual(['Local']);
    expect((await told()).at(-1)).toMatchObject({ data: { removed: [ada], removedGroups: [pushed] } });
  });

  it('does not make a protected group writable', async () => {
    await team.protectGroup('Outer', true);
    await expect(add(outer, await group('Pushed'))).rejects.toMatchObject({ status: 403 });
    expect(await membersOf(outer)).toEqual(['Local']);
    await group('Holder', outer);
    expect((await read(await group('Holders', outer))).members).toHaveLength(1);
  });
});

describe('a cycle', () => {
  it('of one, two or more groups is refused, and nothing is changed', async () => {
    const ada = await user('ada');
    const c = await group('C');
    const b = await group('B', c);
    const a = await group('A', b);
    const before = await told();
    for (const held of [a, b, c]) {
      await expect(add(c, ada, held)).rejects.toMatchObject({
        ...cyclic,
        message: expect.stringMatching(held === c ? /member of itself/ : /holds this group/),
      });
    }
    await expect(team.replaceGroup(c, 'Renamed', [ada, a])).rejects.toMatchObject(cyclic);
    expect(await told()).toEqual(before);
    expect(await membersOf(c)).toEqual([]);
    await remove(a, b);
    await add(c, a);
    expect(await membersOf(c)).toEqual(['A']);
  });

  it('is none where one group is reached in two ways', async () => {
    const d = await group('D');
    const a = await group('A', await group('B', d), await group('C', d));
    await add(a, d);
    expect(await membersOf(a)).toEqual(['B', 'C', 'D']);
    await expect(add(d, a)).rejects.toMatchObject(cyclic);
  });

  it('closes for none of two that would close it at once, however often they try', async () => {
    for (let round = 0; round < 40; round += 1) {
      const [a, b, c] = [await group(`A${round}`), await group(`B${round}`), await group(`C${round}`)];
      const done = await Promise.allSettled([add(a, b), add(b, c), add(c, a)]);
      const refused = done.filter(({ status }) => status === 'rejected');
      expect(refused).toMatchObject([{ reason: cyclic }]);
      expect((await Promise.all([a, b, c].map(membersOf))).flat()).toHaveLength(2);
    }
  });

  it('closes for nobody while many nest, delete and change at once, and nobody is refused for it', async () => {
    const ada = await user('ada');
    const groups: string[] = [];
    for (let index = 0; index < 8; index += 1) groups.push(await group(`G${index}`));
    const [leaf, ...others] = groups;
    const pairs = others.flatMap((a) => others.map((b) => [a, b] as const));
    const done = await Promise.allSettled([
      ...others.map((id) => add(id, String(leaf))),
      ...pairs.map(([a, b]) => add(a, b, ada)),
      drop(String(leaf)),
      ...others.map((id) => team.patchGroup(id, [removal(ada), addition(ada)])),
    ]);
    const failures = done.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures.filter(({ status }) => status !== 400)).toEqual([]);
    const edges: { group_id: string; member_id: string }[] = await directory.dataSource.query(
      'SELECT group_id, member_id FROM subgroups WHERE tenant_id = $1',
      [team.tenantId],
    );
    expect(edges.filter(({ member_id }) => member_id === leaf)).toEqual([]);
    expect(edges).toHaveLength((others.length * (others.length - 1)) / 2);
    await versionsFollowEvents(others);
  }, 60_000);
});

/** Every group's version is the number of its events, numbered without a gap. */
async function versionsFollowEvents(groups: string[]): Promise<void> {
  const events = await told();
  for (const id of groups) {
    const versions = events.filter(({ subject }) => subject === `groups/${id}`).map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    expect(await versionOf(id)).toBe(`W/"${versions.length}"`);
  }
}

describe('the groups of a user', () => {
  it('are those that hold it, and those over them to any depth, each once', async () => {
    const [ada, bob] = [await user('ada'), await user('bob')];
    const d = await group('D', ada);
    const [b, c] = [await group('B', d), await group('C', d, bob)];
    const a = await group('A', b, c, bob);
    await group('Alone');
    expect(await groupsOf(ada)).toEqual(['A indirect', 'B indirect', 'C indirect', 'D direct']);
    expect(await groupsOf(bob)).toEqual(['A direct', 'C direct']);
    const listed = await directory.users.list({ ...team.base, startIndex: 1, count: 10 });
    expect(listed.resources[0]?.groups).toContainEqual({
      value: a,
      display: 'A',
      type: 'indirect',
      $ref: `https://scim.example.com/scim/v2/Groups/${a}`,
    });
    const patched = await team.patchUser(ada, [{ op: 'replace', path: 'title', value: 'x' }]);
    expect(patched.groups).toHaveLength(4);
    await remove(b, d);
    expect(await groupsOf(ada)).toEqual(['A indirect', 'C indirect', 'D direct']);
    await remove(c, d);
    expect(await groupsOf(ada)).toEqual(['D direct']);
  });

  it('do not cross into another tenant', async () => {
    const outer = await group('Outer', await group('Inner', await user('ada')));
    const eve = String((await (await createTeam(directory)).createUser('eve@example.com')).id);
    await add(outer, eve);
    expect((await read(outer)).members).toHaveLength(1);
  });
});

describe('the end of a group that is a member', () => {
  it('is told to the groups that held it, and ends what it held', async () => {
    const ada = await user('ada');
    const c = await group('C', ada);
    const b = await group('B', c);
    const [a, local] = [await group('A', b), await team.localGroup('Local', [], ['B'])];
    await team.protectGroup('Local', true);
    const before = { a: await versionOf(a), c: await versionOf(c) };
    await drop(b);
    const [forA, forLocal, last] = (await told()).slice(-3);
    expect([forA, forLocal].map((event) => event?.data)).toMatchObject([
      { groupId: a, added: [], removed: [], removedGroups: [b] },
      { groupId: local.id, managedBy: null, removedGroups: [b] },
    ]);
    expect(last).toMatchObject({ type: 'group.deleted.v1', data: { groupId: b } });
    expect(await versionOf(a)).not.toBe(before.a);
    expect(await versionOf(c)).toBe(before.c);
    expect(await membersOf(a)).toEqual([]);
    expect(await groupsOf(ada)).toEqual(['C direct']);
    await versionsFollowEvents([a, c]);
    await add(c, a);
  });
});

describe('who is in a group, for the app', () => {
  const members = async (name: string, wanted: object = {}) => {
    const found = await directory.groups.members({ tenantId: team.tenantId, name, limit: 100, ...wanted });
    return found.map(({ name: member, through }) => `${member} ${through ?? 'direct'}`);
  };

  it('is shown in pages: direct members, or people with the nearest group that holds them', async () => {
    const [ada, bob, eve] = [await user('ada'), await user('bob'), await user('eve')];
    const inner = await group('Inner', ada, bob, eve);
    const middle = await group('Middle', inner, bob);
    await group('Outer', middle, inner, ada);
    expect(await members('outer')).toEqual(['ada@example.com direct', 'Inner direct', 'Middle direct']);
    const everybody = ['ada@example.com direct', 'bob@example.com Inner', 'eve@example.com Inner'];
    expect(await members('Outer', { effective: true })).toEqual(everybody);
    const paged = [undefined, ada, bob, eve].map((after) => members('Outer', { effective: true, limit: 1, after }));
    expect((await Promise.all(paged)).flat()).toEqual(everybody);
    expect(await members('Outer', { limit: 1, after: ada })).toEqual(['Inner direct']);
    await group('Nobody');
    expect(await members('Nobody', { effective: true })).toEqual([]);
    await expect(members('Missing')).rejects.toMatchObject({ status: 404 });
  });

  it('tells the provenance of each', async () => {
    const old = await team.localUser('old@example.com');
    await team.localGroup('Outer', ['old@example.com']);
    await team.createGroup('Outer', [old.id, await group('Inner')]);
    const found = await directory.groups.members({ tenantId: team.tenantId, name: 'Outer', limit: 9 });
    const { connectionId } = team;
    expect(found).toMatchObject([
      { name: 'old@example.com', type: 'User', active: true, local: true, connectionId },
      { name: 'Inner', type: 'Group', active: null, local: false, connectionId },
    ]);
  });
});

describe('lists', () => {
  const list = async (service: 'users' | 'groups', filter?: string) => {
    const page = await directory[service].list({ ...team.base, startIndex: 1, count: 100, ...(filter && { filter }) });
    expect(page.totalResults).toBe(page.resources.length);
    return page.resources;
  };
  const ids = (resources: Resource[]) => resources.map(({ id }) => String(id));

  it('by groups.value and members.value give what the attributes show, over any nesting', async () => {
    const edge = fc.tuple(fc.nat(5), fc.nat(5));
    const place = fc.tuple(fc.nat(3), fc.nat(5));
    await fc.assert(
      fc.asyncProperty(
        fc.array(edge, { maxLength: 12 }),
        fc.array(place, { maxLength: 6 }),
        fc.option(fc.nat(5), { nil: undefined }),
        async (edges, places, ended) => {
          team = await createTeam(directory);
          const people: string[] = [];
          for (const name of ['a', 'b', 'c', 'd']) people.push(await user(name));
          const groups: string[] = [];
          for (let index = 0; index < 6; index += 1) groups.push(await group(`G${index}`));
          const holds = new Map<string, Set<string>>(groups.map((id) => [id, new Set()]));
          const below = (id: string): Set<string> =>
            new Set([id, ...[...(holds.get(id) ?? [])].flatMap((member) => [...below(member)])]);
          const nest = async (id: string, member: string) => {
            const closes = below(member).has(id);
            const result = add(id, member).then(
              () => 'added',
              ({ status }) => status,
            );
            expect(await result).toBe(closes ? 400 : 'added');
            if (!closes) holds.get(id)?.add(member);
          };
          for (const [from, to] of edges) await nest(String(groups[from]), String(groups[to]));
          for (const [who, where] of places) await nest(String(groups[where]), String(people[who]));
          if (ended !== undefined) {
            await drop(String(groups[ended]));
            holds.delete(String(groups[ended]));
            for (const members of holds.values()) members.delete(String(groups[ended]));
          }
          const living = [...holds.keys()];
          const users = await list('users');
          for (const each of users) {
            const id = String(each.id);
            const shown = each.groups as { value: string; type: string }[];
            const expected = living.filter((over) => below(over).has(id));
            expect(shown.map(({ value }) => value).sort()).toEqual(expected.sort());
            for (const { value, type } of shown) expect(type).toBe(holds.get(value)?.has(id) ? 'direct' : 'indirect');
          }
          const all = await list('groups');
          for (const id of [...groups.slice(0, 3), ...people.slice(0, 1), newId()]) {
            const forms = (name: string) => [
              ...['eq', 'ne', 'sw', 'gt'].map((operator) => `${name}.value ${operator} "${id}"`),
              `${name}[value eq "${id}" or value ew "${id.slice(-3)}"]`,
              `${name}[not (value eq "${id}")]`,
              `not (${name}[value eq "${id}"])`,
              `${name} pr`,
              `${name}.value pr`,
            ];
            for (const filter of forms('groups')) {
              const expected = users.filter((resource) => matches(parseFilter(filter, userType), resource));
              expect({ filter, ids: ids(await list('users', filter)) }).toEqual({ filter, ids: ids(expected) });
            }
            for (const filter of forms('members')) {
              const expected = all.filter((resource) => matches(parseFilter(filter, groupType), resource));
              expect({ filter, ids: ids(await list('groups', filter)) }).toEqual({ filter, ids: ids(expected) });
            }
          }
        },
      ),
      { numRuns: 10 },
    );
  }, 120_000);
});

describe('a group of many', () => {
  it('takes and loses a group for the cost of the change: its members are not read', async () => {
    const { dataSource } = directory;
    const [inner, outer] = [await group('Inner'), await group('Outer')];
    await dataSource.query(
      `INSERT INTO users (tenant_id, id, user_name, user_name_key, active, data, version, created_at, updated_at)
       SELECT $1, gen_random_uuid(), n, n, true, '{}', 1, now(), now() FROM generate_series(1, 5000) AS n`,
      [team.tenantId],
    );
    await dataSource.query('ANALYZE users');
    await dataSource.query(
      `INSERT INTO memberships (tenant_id, group_id, user_id, local, connection_id)
       SELECT tenant_id, $2, id, false, $3 FROM users WHERE tenant_id = $1`,
      [team.tenantId, outer, team.connectionId],
    );
    await dataSource.query('ANALYZE memberships');
    const managed = { tenantId: team.tenantId, groupId: outer, connectionId: team.connectionId };
    for (const op of ['add', 'remove'] as const) {
      await dataSource.transaction(async (tx) => {
        const before = await rowsRead(tx);
        const delta = await changeMembers(tx, managed, [{ op, ids: [inner] }]);
        expect(op === 'add' ? delta.addedGroups : delta.removedGroups).toEqual([inner]);
        expect((await rowsRead(tx)) - before).toBeLessThan(20);
      });
    }
  });
});

/** Rows this session has read; what it read before the transaction counts until its statistics were sent. */
async function rowsRead(tx: EntityManager): Promise<number> {
  const [{ rows }] = await tx.query(
    `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_xact_user_tables
     WHERE relname IN ('memberships', 'users', 'subgroups', 'groups')`,
  );
  return rows;
}
