import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegisterSchema } from '#directory-api/schemas';
import { newId } from '#runtime/ids';
import { GROUP_URN } from '#scim/group';
import type { Resource } from '#scim/resource';
import { USER_URN } from '#scim/user';
import { CAUSE, command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';

const URN = 'urn:example:scim:schemas:extension:hr:1.0:User';
const badge = { name: 'badge' };
const level = { name: 'level', type: 'integer' };
const desks = {
  name: 'groups',
  type: 'complex',
  multiValued: true,
  subAttributes: [{ name: 'value' }, { name: 'floor', type: 'integer' }],
};
const hr = (attributes: object[] = [badge, level, desks], id = URN) => ({ id, name: 'HR', attributes });

let directory: Directory;
let team: Team;
/** the team's connection after it has defined {@link hr} */
let base: Team['base'] & { schemasVersion: string };

beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

beforeEach(async () => {
  team = await createTeam(directory);
  await register(hr());
  base = { ...team.base, schemasVersion: await version() };
});

const register = (definition: object, more: Partial<RegisterSchema> = {}, tenantId = team.tenantId) =>
  directory.schemas.register({ tenantId, resourceType: 'User', definition, ...more }, CAUSE);
const remove = (urn = URN) => directory.schemas.remove({ tenantId: team.tenantId, urn }, CAUSE);
const identity = () => directory.connections.authenticate(team.claim);
const version = async () => (await identity()).schemas?.version ?? '';
const create = (userName: string, extension: object) =>
  directory.users.create(
    { ...base, resource: { schemas: [USER_URN, URN], userName, active: true, [URN]: extension } },
    command(),
  );
const names = async (filter: string, sortBy?: string) => {
  const list = { ...base, startIndex: 1, count: 100, filter, ...(sortBy && { sortBy }) };
  return (await directory.users.list(list)).resources.map(({ userName }) => userName);
};

describe('a tenant-defined schema', () => {
  it('comes with the identity of its own tenant, and with no other', async () => {
    expect((await identity()).schemas).toMatchObject({ extensions: [{ resourceType: 'User', schema: { id: URN } }] });
    const other = await createTeam(directory);
    expect(await directory.connections.authenticate(other.claim)).not.toHaveProperty('schemas');
  });

  it('tells the gateways to ask again, with every change of the set', async () => {
    const changes = async () => {
      const [row] = await directory.dataSource.query(
        "SELECT count(*)::int AS n FROM outbox WHERE tenant_id = $1 AND type = 'connection.changed.v1'",
        [team.tenantId],
      );
      return row.n as number;
    };
    const before = await changes();
    expect(await register(hr())).toMatchObject({ outcome: 'unchanged' });
    expect([await changes(), await version()]).toEqual([before, base.schemasVersion]);
    expect(await register(hr([badge, level, desks, { name: 'more' }]))).toMatchObject({ outcome: 'replaced' });
    expect(await changes()).toBe(before + 1);
    expect(await version()).not.toBe(base.schemasVersion);
    await remove();
    expect(await identity()).not.toHaveProperty('schemas');
  });

  it('is listed and shown in the spelling it was first registered in', async () => {
    await register(hr([badge, level, desks, { name: 'more' }], URN.toUpperCase()));
    const { tenantId } = team;
    expect(await directory.schemas.list({ tenantId })).toEqual([
      { urn: URN, resourceType: 'User', name: 'HR', attributes: 6 },
    ]);
    expect(await directory.schemas.show({ tenantId, urn: URN.toUpperCase() })).toMatchObject({ id: URN });
    await expect(directory.schemas.show({ tenantId, urn: 'urn:x1:y' })).rejects.toMatchObject({ status: 404 });
  });

  it('is refused when it does not fit what is there', async () => {
    await expect(register(hr([badge]))).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/'level' is missing/),
    });
    await expect(register(hr(), { resourceType: 'Group' })).rejects.toMatchObject({ status: 409 });
    await expect(register(hr([badge], `${URN}:x`))).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/told apart/),
    });
    await expect(register({})).rejects.toMatchObject({ status: 400 });
    await expect(register(hr(), {}, newId())).rejects.toMatchObject({ status: 404 });
    for (let n = 1; n < 10; n++) await register(hr([badge], `urn:example:n${n}`));
    await expect(register(hr([badge], 'urn:example:n10'))).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/10 schemas/),
    });
  });

  it('is stored with the user, and what happened names the schema and no value', async () => {
    const user = await create('ada@example.com', { badge: 'b1' });
    expect(user).toMatchObject({ schemas: [USER_URN, URN], [URN]: { badge: 'b1' } });
    const operations = [{ op: 'replace', path: `${URN}:level`, value: 3 }];
    const patched = await team.patchUser(String(user.id), operations, command(), base);
    expect(patched[URN]).toEqual({ badge: 'b1', level: 3 });
    expect((await team.events()).at(-1)).toMatchObject({ type: 'user.updated.v1', data: { changed: [URN] } });
  });

  it('is filtered and sorted by, also where an attribute is named like one that users have columns for', async () => {
    await create('ada@example.com', { badge: 'B1', level: 10, groups: [{ value: 'x', floor: 1 }] });
    await create('bob@example.com', {
      badge: 'a2',
      level: 9,
      groups: [
        { value: 'X', floor: 2 },
        { value: 'y', floor: 1 },
      ],
    });
    await create('cyd@example.com', {});
    expect(await names(`${URN}:badge eq "b1"`)).toEqual(['ada@example.com']);
    expect(await names(`${URN}:level gt 9`)).toEqual(['ada@example.com']);
    expect(await names(`${URN}:groups eq "x"`)).toEqual(['ada@example.com', 'bob@example.com']);
    expect(await names(`${URN}:groups[value eq "x" and floor eq 1]`)).toEqual(['ada@example.com']);
    expect(await names(`${URN}:groups pr`)).toEqual(['ada@example.com', 'bob@example.com']);
    expect(await names('userName pr', `${URN}:level`)).toEqual([
      'bob@example.com',
      'ada@example.com',
      'cyd@example.com',
    ]);
    expect(await names('userName pr', `${URN}:groups.floor`)).toEqual([
      'ada@example.com',
      'bob@example.com',
      'cyd@example.com',
    ]);
  });

  it('extends groups as well', async () => {
    const urn = 'urn:example:scim:schemas:extension:org:1.0:Group';
    await register({ id: urn, name: 'Org', attributes: [{ name: 'members' }, badge] }, { resourceType: 'Group' });
    const later = { ...team.base, schemasVersion: await version() };
    const resource: Resource = {
      schemas: [GROUP_URN, urn],
      displayName: 'Sales',
      [urn]: { members: 'many', badge: 'x' },
    };
    const { id } = await directory.groups.create({ ...later, resource }, command());
    const wanted = { ...later, id: String(id) };
    expect(await directory.groups.get(wanted)).toMatchObject({ members: [], [urn]: { members: 'many' } });
    expect(await directory.groups.get({ ...wanted, excludedAttributes: [`${urn}:members`] })).toHaveProperty('members');
    const list = { ...later, startIndex: 1, count: 10, filter: `${urn}:members eq "MANY"` };
    expect(await directory.groups.list(list)).toMatchObject({ totalResults: 1 });
    await expect(remove(urn)).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/^1 group holds values/),
    });
  });
});

describe('removing a schema', () => {
  it('is refused while living users hold values of it, and says how many', async () => {
    const ada = await create('ada@example.com', { badge: 'b1' });
    const bob = await create('bob@example.com', { badge: 'b2' });
    await expect(remove()).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/^2 users hold values/),
    });
    await directory.users.delete({ ...base, id: String(ada.id) }, command());
    await expect(remove()).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/^1 user holds values/),
    });
    await team.patchUser(String(bob.id), [{ op: 'remove', path: URN }], command(), base);
    expect(await remove(URN.toUpperCase())).toBe(URN);
    await expect(remove()).rejects.toMatchObject({ status: 404 });
  });

  it('leaves no value behind of a request that was read before it', async () => {
    const bob = await team.createUser('bob@example.com');
    await remove();
    await expect(create('ada@example.com', { badge: 'b1' })).rejects.toMatchObject({
      status: 400,
      detail: expect.stringMatching(/not registered here/),
    });
    const add = [{ op: 'add', path: `${URN}:badge`, value: 'b' }];
    await expect(team.patchUser(String(bob.id), add, command(), base)).rejects.toMatchObject({ status: 400 });
    expect(await directory.users.list({ ...team.base, startIndex: 1, count: 10 })).toMatchObject({ totalResults: 1 });
  });

  it('and writing at once never leaves a value of a schema that is gone', async () => {
    const writes = Array.from({ length: 20 }, (_, n) => create(`p${n}@example.com`, { badge: 'b' }));
    const [removed, ...written] = await Promise.allSettled([remove(), ...writes]);
    const kept = written.filter(({ status }) => status === 'fulfilled').length;
    const [row] = await directory.dataSource.query('SELECT count(*)::int AS n FROM users WHERE tenant_id = $1', [
      team.tenantId,
    ]);
    expect(row.n).toBe(kept);
    expect(kept > 0).toBe(removed?.status === 'rejected');
  });
});
