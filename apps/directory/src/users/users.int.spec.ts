import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#runtime/ids';
import { command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';

const FOREIGN_KEY_VIOLATION = '23503';

let directory: Directory;
let team: Team;

beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

beforeEach(async () => {
  team = await createTeam(directory);
});

const types = async () => (await team.events()).map((event) => event.type);
const deactivate = { op: 'replace', value: { active: false } };
const reactivate = { op: 'replace', value: { active: true } };

describe('creating a user', () => {
  it('keeps it and tells user.created in the same commit', async () => {
    const user = await team.createUser('ada@example.com', { externalId: '00u1' });
    expect(user.meta?.version).toBe('W/"1"');
    const [event] = await team.events();
    expect(event).toMatchObject({
      type: 'user.created.v1',
      subject: `users/${user.id}`,
      version: 1,
      actor: `connection:${team.connectionId}`,
      data: { userName: 'ada@example.com', active: true, managedBy: team.connectionId },
    });
  });

  it.each([
    ['in another case', 'ADA@Example.com'],
    ['in full-width letters', 'ａｄａ@example.com'],
  ])('is refused as not unique when the name exists %s', async (_, userName) => {
    await team.createUser('ada@example.com');
    await expect(team.createUser(userName)).rejects.toMatchObject({ status: 409, scimType: 'uniqueness' });
    expect(await types()).toEqual(['user.created.v1']);
  });

  it('is refused as not unique when an inactive or a local user has the name', async () => {
    const { id } = await team.createUser('ada@example.com');
    await team.patchUser(String(id), [deactivate]);
    await team.localUser('bob@example.com');
    await expect(team.createUser('ada@example.com')).rejects.toMatchObject({ status: 409 });
    await expect(team.createUser('bob@example.com')).rejects.toMatchObject({ status: 409 });
  });

  it('is refused, with where to mend it, when userName is not an email address', async () => {
    await expect(team.createUser('ada')).rejects.toMatchObject({
      status: 400,
      scimType: 'invalidValue',
      detail: expect.stringContaining('Application username format'),
    });
    expect(await types()).toEqual([]);
  });

  it('gives one 201 and 49 × 409 when 50 identical requests come at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => team.createUser('ada@example.com')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.filter((o) => o.status === 'rejected' && o.reason.status === 409)).toHaveLength(49);
    expect(await types()).toEqual(['user.created.v1']);
  });

  it('that was committed before its answer was lost is answered again, not applied again', async () => {
    const first = command();
    const created = await team.createUser('ada@example.com', {}, first);
    const again = await team.createUser('ada@example.com', {}, command(true, first.commandId));
    expect(again).toEqual(created);
    expect(await types()).toEqual(['user.created.v1']);
  });

  it('that comes among many at once succeeds or fails alone', async () => {
    await team.createUser('taken@example.com');
    const names = Array.from({ length: 100 }, (_, index) => `p${index}@example.com`);
    const nobody = { ...team.base, connectionId: newId() };
    const outcomes = await Promise.allSettled([
      ...names.map((name) => team.createUser(name)),
      team.createUser('TAKEN@example.com'),
      directory.users.create({ ...nobody, resource: { schemas: [], userName: 'x@example.com' } }, command()),
      ...names.map((name) => team.createUser(name)),
    ]);
    const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.userName] : []));
    expect(made.sort()).toEqual(names.sort());
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused.filter(({ status }) => status === 409)).toHaveLength(101);
    expect(refused.filter(({ code }) => code === FOREIGN_KEY_VIOLATION)).toHaveLength(1);
    expect((await team.events()).map(({ data }) => (data as { userName: string }).userName).sort()).toEqual(
      [...names, 'taken@example.com'].sort(),
    );
  });

  it('lets another tenant have the same name', async () => {
    await team.createUser('ada@example.com');
    const other = await createTeam(directory);
    await expect(other.createUser('ada@example.com')).resolves.toMatchObject({ userName: 'ada@example.com' });
  });
});

describe('changing a user', () => {
  it('tells the flip of active, each time with the next version', async () => {
    const { id } = await team.createUser('ada@example.com');
    await team.patchUser(String(id), [deactivate]);
    await team.patchUser(String(id), [reactivate]);
    expect((await team.events()).map(({ type, version }) => [type, version])).toEqual([
      ['user.created.v1', 1],
      ['user.deactivated.v1', 2],
      ['user.activated.v1', 3],
    ]);
  });

  it('touches and tells nothing when nothing changes', async () => {
    const created = await team.createUser('ada@example.com');
    directory.clock.time = new Date(directory.clock.time.getTime() + 60_000);
    expect(await team.patchUser(String(created.id), [reactivate])).toEqual(created);
    expect(await types()).toEqual(['user.created.v1']);
  });

  it('names the changed attributes and never their values', async () => {
    const { id } = await team.createUser('ada@example.com', { title: 'Analyst' });
    await team.patchUser(String(id), [{ op: 'replace', path: 'title', value: 'Countess' }]);
    const event = (await team.events()).at(-1);
    expect(event).toMatchObject({ type: 'user.updated.v1', data: { changed: ['title'] } });
    expect(JSON.stringify(event)).not.toContain('Countess');
  });

  it('names no attribute whose parts only come in another order than the database keeps them', async () => {
    const name = { familyName: 'Byron', givenName: 'Ada' };
    const { id } = await team.createUser('ada@example.com', { name });
    const resource = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'ada@example.com', name };
    await directory.users.replace(
      { ...team.base, id: String(id), resource: { ...resource, active: false } },
      command(),
    );
    expect(await types()).toEqual(['user.created.v1', 'user.deactivated.v1']);
  });

  it('applies nothing of a PATCH when one operation is wrong', async () => {
    const { id } = await team.createUser('ada@example.com');
    const operations = [deactivate, { op: 'replace', path: 'userName', value: 'not an email' }];
    await expect(team.patchUser(String(id), operations)).rejects.toMatchObject({ status: 400 });
    expect((await directory.users.get({ ...team.base, id: String(id) })).active).toBe(true);
    expect(await types()).toEqual(['user.created.v1']);
  });

  it('keeps every one of many concurrent PATCHes', async () => {
    const { id } = await team.createUser('ada@example.com');
    const paths = ['title', 'nickName', 'locale', 'userType', 'timezone', 'preferredLanguage'];
    await Promise.all(paths.map((path) => team.patchUser(String(id), [{ op: 'add', path, value: 'x' }])));
    const user = await directory.users.get({ ...team.base, id: String(id) });
    expect(Object.keys(user)).toEqual(expect.arrayContaining(paths));
    expect(user.meta?.version).toBe('W/"7"');
  });

  it('links a local user at its first write, and leaves it linked', async () => {
    const { id } = await team.localUser('bob@example.com');
    await team.patchUser(id, [reactivate]);
    await team.patchUser(id, [reactivate]);
    expect(await types()).toEqual(['user.created.v1', 'user.linked.v1']);
  });

  it('is refused with 412 when If-Match names an older version', async () => {
    const { id } = await team.createUser('ada@example.com');
    const stale = team.patchUser(String(id), [deactivate], command(), { ifMatch: 'W/"7"' });
    await expect(stale).rejects.toMatchObject({ status: 412 });
  });

  it('is 404 for an id nobody has, of another tenant, or that is no id at all', async () => {
    const { id } = await (await createTeam(directory)).createUser('ada@example.com');
    for (const unknown of [String(id), '01900000-0000-7000-8000-000000000000', 'x', "'; --"]) {
      await expect(team.patchUser(unknown, [deactivate])).rejects.toMatchObject({ status: 404 });
    }
  });
});

describe('deleting a user', () => {
  it('ends it for SCIM, tells it, and frees the name for a new id', async () => {
    const { id } = await team.createUser('ada@example.com');
    await directory.users.delete({ ...team.base, id: String(id) }, command());
    await expect(directory.users.get({ ...team.base, id: String(id) })).rejects.toMatchObject({ status: 404 });
    expect((await team.createUser('ada@example.com')).id).not.toBe(id);
    expect(await types()).toEqual(['user.created.v1', 'user.deleted.v1', 'user.created.v1']);
  });

  it('is refused for the last admin, as deactivating is, also when two go at once', async () => {
    const first = await team.localUser('ada@example.com', true);
    const second = await team.localUser('bob@example.com', true);
    const outcomes = await Promise.allSettled([
      directory.users.delete({ ...team.base, id: first.id }, command()),
      team.patchUser(second.id, [deactivate]),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((o) => o.status === 'rejected')).toMatchObject({ reason: { status: 403 } });
  });
});

describe('listing users', () => {
  const list = (filter?: string, startIndex = 1, count = 100) =>
    directory.users.list({ ...team.base, startIndex, count, ...(filter && { filter }) });
  const names = async (filter: string) => (await list(filter)).resources.map((user) => user.userName);

  it('pages in the order of creation with the exact total', async () => {
    for (let n = 1; n <= 7; n++) await team.createUser(`p${n}@example.com`);
    const pages = [await list(undefined, 1, 3), await list(undefined, 4, 3), await list(undefined, 7, 3)];
    expect(pages.map((page) => page.totalResults)).toEqual([7, 7, 7]);
    expect(pages.flatMap((page) => page.resources.map((user) => user.userName))).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((n) => `p${n}@example.com`),
    );
    expect(await list(undefined, 1, 0)).toMatchObject({ totalResults: 7, resources: [] });
    expect(await list(undefined, 100, 3)).toMatchObject({ totalResults: 7, resources: [] });
  });

  it('finds nobody of another tenant', async () => {
    await (await createTeam(directory)).createUser('ada@example.com');
    expect(await list('userName eq "ada@example.com"')).toMatchObject({ totalResults: 0, resources: [] });
  });

  it.each([
    ['userName eq "ADA@example.com"', ['ada@example.com']],
    ['active eq false', ['bob@example.com']],
    ['externalId eq "00uA"', ['ada@example.com']],
    ['externalId eq "00ua"', []],
    ['name.givenName sw "a" and not (title pr)', ['ada@example.com']],
    ['title ne "x"', ['ada@example.com', 'bob@example.com']],
    ['emails[type eq "work" and value co "@HOME"]', []],
    ['emails[type eq "home" and value co "@HOME"]', ['bob@example.com']],
    ['emails co "@home"', ['bob@example.com']],
    ['userName co "%"', []],
    ['userName ew "B@example.com" or userName gt "b"', ['bob@example.com']],
    ['meta.created le "2100-01-01T00:00:00Z"', ['ada@example.com', 'bob@example.com']],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d"', ['bob@example.com']],
    ['id eq "x"', []],
    ['groups.value eq "x"', []],
  ])('filters by %s', async (filter, expected) => {
    await team.createUser('ada@example.com', { externalId: '00uA', name: { givenName: 'Ada' } });
    await team.createUser('bob@example.com', {
      active: false,
      title: 'Engineer',
      emails: [
        { value: 'bob@example.com', type: 'work' },
        { value: 'bob@home.example.com', type: 'home' },
      ],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'R&D' },
    });
    expect(await names(filter)).toEqual(expected);
  });
});
