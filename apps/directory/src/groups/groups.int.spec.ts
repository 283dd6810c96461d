import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#runtime/ids';
import { command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';

let directory: Directory;
let team: Team;

beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

beforeEach(async () => {
  team = await createTeam(directory);
});

const groupEvents = async () => (await team.events()).filter((event) => event.type.startsWith('group.'));
const types = async () => (await groupEvents()).map((event) => event.type);
const people = async (...names: string[]) =>
  Promise.all(names.map(async (name) => String((await team.createUser(`${name}@example.com`)).id)));
const members = (group: { id?: string }) => team.memberNames(String(group.id));
const removal = (id: string) => ({ op: 'remove', path: `members[value eq "${id}"]` });
const addition = (...ids: string[]) => ({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });

describe('pushing a group', () => {
  it('makes it with its members', async () => {
    const group = await team.createGroup('Engineering', await people('ada', 'bob'));
    expect(await members(group)).toEqual(['ada@example.com', 'bob@example.com']);
    expect(await types()).toEqual(['group.created.v1', 'group.members_changed.v1']);
  });

  it('skips members that are no users of the tenant', async () => {
    const [stranger] = [(await (await createTeam(directory)).createUser('eve@example.com')).id];
    const [ada] = await people('ada');
    const group = await team.createGroup('Engineering', [String(ada), String(stranger), newId(), 'x']);
    expect(await members(group)).toEqual(['ada@example.com']);
  });

  it('links the local group of the same name: same id, members added, everybody stays', async () => {
    await team.localUser('old@example.com');
    const local = await team.localGroup('Engineering', ['old@example.com']);
    const linked = await team.createGroup('engineering', await people('ada'));
    expect(linked.id).toBe(local.id);
    expect(linked.displayName).toBe('Engineering');
    expect(await members(linked)).toEqual(['ada@example.com', 'old@example.com']);
    expect((await types()).slice(-2)).toEqual(['group.linked.v1', 'group.members_changed.v1']);
  });

  it('is refused as not unique when a managed group has the name', async () => {
    await team.createGroup('Engineering');
    await expect(team.createGroup('ENGINEERING')).rejects.toMatchObject({ status: 409, scimType: 'uniqueness' });
  });
});

describe('changing the members of a group', () => {
  it('tells only what really changed, and nothing when nothing did', async () => {
    const [ada, bob] = await people('ada', 'bob');
    const group = await team.createGroup('Engineering', [String(ada)]);
    const rename = { op: 'replace', value: { id: group.id, displayName: 'Engineering' } };
    await team.patchGroup(String(group.id), [rename, addition(String(ada), String(bob))]);
    const version = await team.patchGroup(String(group.id), [rename, addition(String(ada), String(bob))]);
    expect((await groupEvents()).at(-1)).toMatchObject({ data: { added: [bob], removed: [] }, version });
    expect(await types()).toEqual(['group.created.v1', 'group.members_changed.v1', 'group.members_changed.v1']);
  });

  it('removes who was pushed and keeps who was there before, whoever pushed them too', async () => {
    const old = await team.localUser('old@example.com');
    await team.localGroup('Engineering', ['old@example.com']);
    const [ada] = await people('ada');
    const group = await team.createGroup('Engineering', [String(ada), old.id]);
    await team.patchGroup(String(group.id), [removal(old.id), removal(String(ada))]);
    expect(await members(group)).toEqual(['old@example.com']);
  });

  it('replaces the members it manages and leaves local ones', async () => {
    await team.localUser('old@example.com');
    await team.localGroup('Engineering', ['old@example.com']);
    const [ada, bob] = await people('ada', 'bob');
    const group = await team.createGroup('Engineering', [String(ada)]);
    await team.replaceGroup(String(group.id), 'Engineering', [String(bob)]);
    expect(await members(group)).toEqual(['bob@example.com', 'old@example.com']);
    await team.patchGroup(String(group.id), [{ op: 'replace', path: 'members', value: [] }]);
    expect(await members(group)).toEqual(['old@example.com']);
  });

  it('changes nothing when the same is put again, whatever the order of its keys', async () => {
    const [ada] = await people('ada');
    const { id } = await team.createGroup('Engineering');
    const put = () => team.replaceGroup(String(id), 'Engineering', [String(ada)], { externalId: 'ext-1' });
    const { meta } = await put();
    expect((await put()).meta).toEqual(meta);
  });

  it('loses nobody when many PATCHes come at once', async () => {
    const ids = await people(...Array.from({ length: 12 }, (_, index) => `p${index}`));
    const group = await team.createGroup('Engineering');
    await Promise.all(ids.map((id) => team.patchGroup(String(group.id), [addition(id)])));
    expect(await members(group)).toHaveLength(12);
  });

  it('tells a large change in events of bounded size, numbered without a gap', async () => {
    const { dataSource } = directory;
    const ids = Array.from({ length: 2_500 }, newId);
    await dataSource.query(
      `INSERT INTO users (tenant_id, id, user_name, user_name_key, active, data, version, created_at, updated_at)
       SELECT $1, id, id, id, true, '{}', 1, now(), now() FROM unnest($2::uuid[]) AS id`,
      [team.tenantId, ids],
    );
    const group = await team.createGroup('Everybody', ids);
    const told = await groupEvents();
    expect(told.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect(told.slice(1).map(({ data }) => (data as { added: string[] }).added.length)).toEqual([1_000, 1_000, 500]);
    expect(group.meta?.version).toBe('W/"4"');
  });
});

describe('a connection that is authoritative', () => {
  beforeEach(() => team.configure({ memberPolicy: 'idp_is_authoritative' }));

  it('ends local memberships when it removes or replaces members', async () => {
    const old = await team.localUser('old@example.com');
    await team.localUser('older@example.com');
    await team.localGroup('Engineering', ['old@example.com', 'older@example.com']);
    const [ada] = await people('ada');
    const group = await team.createGroup('Engineering', [String(ada)]);
    expect(await members(group)).toHaveLength(3);
    await team.patchGroup(String(group.id), [removal(old.id)]);
    expect(await members(group)).toEqual(['ada@example.com', 'older@example.com']);
    await team.replaceGroup(String(group.id), 'Engineering', [String(ada)]);
    expect(await members(group)).toEqual(['ada@example.com']);
    expect((await groupEvents()).at(-1)).toMatchObject({ data: { added: [], removed: [expect.any(String)] } });
  });

  it('still gives a linked group back with who is local', async () => {
    await team.localUser('old@example.com');
    await team.localGroup('Engineering', ['old@example.com']);
    const group = await team.createGroup('Engineering', await people('ada'));
    await directory.groups.delete({ ...team.base, id: String(group.id) }, command());
    expect(await members(group)).toEqual(['old@example.com']);
  });
});

describe('a connection that is strict', () => {
  it('has a write with an unknown member refused whole', async () => {
    await team.configure({ strictMembers: true });
    const [ada] = await people('ada');
    const group = await team.createGroup('Engineering');
    const before = (await team.events()).length;
    const write = team.patchGroup(String(group.id), [addition(String(ada), newId())]);
    await expect(write).rejects.toMatchObject({ status: 400, scimType: 'invalidValue' });
    await expect(team.createGroup('Sales', ['x'])).rejects.toMatchObject({ status: 400 });
    expect(await members(group)).toEqual([]);
    expect((await team.events()).length).toBe(before);
  });
});

describe('a protected group', () => {
  it('is not taken over by a push, a PUT or a PATCH, until the protection is lifted', async () => {
    const { id } = await team.localGroup('Admins');
    await team.protectGroup('admins', true);
    await expect(team.createGroup('Admins')).rejects.toMatchObject({ status: 403 });
    await expect(team.replaceGroup(id, 'Admins', [])).rejects.toMatchObject({ status: 403 });
    await expect(team.patchGroup(id, [addition(...(await people('ada')))])).rejects.toMatchObject({ status: 403 });
    expect(await types()).toEqual(['group.created.v1']);
    await team.protectGroup('admins', false);
    expect((await team.createGroup('Admins')).id).toBe(id);
  });
});

describe('undoing a link in the app', () => {
  it('gives the group back with who was there, and is refused where there is no link', async () => {
    await team.localUser('old@example.com');
    await team.localGroup('Engineering', ['old@example.com']);
    const group = await team.createGroup('Engineering', await people('ada'));
    await team.unlinkGroup('Engineering');
    expect(await members(group)).toEqual(['old@example.com']);
    expect((await types()).slice(-2)).toEqual(['group.unlinked.v1', 'group.members_changed.v1']);
    await expect(team.unlinkGroup('Engineering')).rejects.toMatchObject({ status: 409 });
    await team.createGroup('Pushed');
    await expect(team.unlinkGroup('Pushed')).rejects.toMatchObject({ status: 409 });
    await expect(team.unlinkGroup('Nobody')).rejects.toMatchObject({ status: 404 });
  });
});

describe('renaming a group', () => {
  it('keeps its members', async () => {
    const group = await team.createGroup('Engineering', await people('ada'));
    await team.patchGroup(String(group.id), [{ op: 'replace', value: { id: group.id, displayName: 'Makers' } }]);
    expect(await members(group)).toEqual(['ada@example.com']);
    expect((await groupEvents()).at(-1)).toMatchObject({ type: 'group.updated.v1', data: { displayName: 'Makers' } });
  });

  it('is refused as not unique when the name is taken', async () => {
    await team.createGroup('Engineering');
    const { id } = await team.createGroup('Sales');
    const rename = team.patchGroup(String(id), [{ op: 'replace', path: 'displayName', value: 'engineering' }]);
    await expect(rename).rejects.toMatchObject({ status: 409, scimType: 'uniqueness' });
  });
});

describe('deleting a group', () => {
  it('that the provider made ends it', async () => {
    const group = await team.createGroup('Engineering', await people('ada'));
    await directory.groups.delete({ ...team.base, id: String(group.id) }, command());
    await expect(directory.groups.get({ ...team.base, id: String(group.id) })).rejects.toMatchObject({ status: 404 });
    expect((await types()).at(-1)).toBe('group.deleted.v1');
  });

  it('that existed before gives it back to the app with who was there, to be linked again by name', async () => {
    await team.localUser('old@example.com');
    await team.localGroup('Engineering', ['old@example.com']);
    const group = await team.createGroup('Engineering', await people('ada'));
    await directory.groups.delete({ ...team.base, id: String(group.id) }, command());
    expect(await members(group)).toEqual(['old@example.com']);
    expect((await types()).slice(-2)).toEqual(['group.unlinked.v1', 'group.members_changed.v1']);
    expect((await team.createGroup('Engineering')).id).toBe(group.id);
  });

  it('that no provider manages is refused', async () => {
    const { id } = await team.localGroup('Engineering');
    await expect(directory.groups.delete({ ...team.base, id }, command())).rejects.toMatchObject({ status: 403 });
  });

  it('whose members were deleted as users shows them no more', async () => {
    const [ada, bob] = await people('ada', 'bob');
    const group = await team.createGroup('Engineering', [String(ada), String(bob)]);
    await directory.users.delete({ ...team.base, id: String(ada) }, command());
    expect(await members(group)).toEqual(['bob@example.com']);
  });
});

describe('listing groups', () => {
  it.each([
    ['displayName eq "ENGINEERING"', ['Engineering']],
    ['displayName co "e"', ['Engineering', 'Sales']],
    ['members.value eq "ada"', ['Engineering']],
    ['members[value eq "ada"]', ['Engineering']],
  ])('filters by %s', async (filter, expected) => {
    const [ada] = await people('ada');
    await team.createGroup('Engineering', [String(ada)]);
    await team.createGroup('Sales');
    const asked = { ...team.base, startIndex: 1, count: 10, filter: filter.replace('"ada"', `"${ada}"`) };
    const page = await directory.groups.list(asked);
    expect(page.resources.map((group) => group.displayName)).toEqual(expected);
  });

  it('leaves members unread when they are not asked for', async () => {
    await team.createGroup('Engineering', await people('ada'));
    const asked = { ...team.base, startIndex: 1, count: 10, excludedAttributes: ['members'] };
    expect((await directory.groups.list(asked)).resources[0]).not.toHaveProperty('members');
  });
});
