import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AddEntitlement } from '#directory-api/entitlements';
import type { ListResources } from '#directory-api/scim-command';
import { newId } from '#runtime/ids';
import { CAUSE, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';

let directory: Directory;
let team: Team;

beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

beforeEach(async () => {
  team = await createTeam(directory);
});

const add = (id: string, more: Partial<AddEntitlement> = {}) =>
  directory.entitlements.add({ tenantId: team.tenantId, kind: 'Role', id, displayName: id, ...more }, CAUSE);
const remove = (id: string, kind: AddEntitlement['kind'] = 'Role') =>
  directory.entitlements.remove({ tenantId: team.tenantId, kind, id }, CAUSE);
const kinds = async () => (await directory.connections.authenticate(team.claim)).catalogue;
const page = (more: Partial<ListResources> = {}, kind: AddEntitlement['kind'] = 'Role') =>
  directory.entitlements.page({ ...team.base, startIndex: 1, count: 100, ...more }, kind);
const ids = async (more: Partial<ListResources> = {}) => (await page(more)).resources.map(({ id }) => id);

describe('the catalogue of a tenant', () => {
  it('is told of with the identity of its own tenant, by kind, from the first entry to the last', async () => {
    const other = await createTeam(directory);
    expect(await kinds()).toBeUndefined();
    await add('pro', { kind: 'Entitlement' });
    await add('auditor');
    expect(await kinds()).toEqual(['Role', 'Entitlement']);
    expect(await directory.connections.authenticate(other.claim)).not.toHaveProperty('catalogue');
    await remove('pro', 'Entitlement');
    expect(await kinds()).toEqual(['Role']);
    const [row] = await directory.dataSource.query(
      "SELECT count(*)::int AS n FROM outbox WHERE tenant_id = $1 AND type = 'connection.changed.v1'",
      [team.tenantId],
    );
    expect(row.n).toBe(4);
  });

  it('has entries in the shape that Okta documents', async () => {
    await add('role-1', { displayName: 'First role' });
    await add('l-1', { kind: 'Entitlement', displayName: 'Pro', type: 'License', description: 'All of it' });
    expect((await page()).resources).toEqual([
      {
        schemas: ['urn:okta:scim:schemas:core:1.0:Role'],
        id: 'role-1',
        displayName: 'First role',
        meta: {
          resourceType: 'Role',
          created: expect.any(String),
          lastModified: expect.any(String),
          location: `${team.base.baseUrl}/Roles/role-1`,
          version: 'W/"1"',
        },
      },
    ]);
    expect(await directory.entitlements.get({ ...team.base, id: 'l-1' }, 'Entitlement')).toMatchObject({
      schemas: ['urn:okta:scim:schemas:core:1.0:Entitlement'],
      id: 'l-1',
      displayName: 'Pro',
      type: 'License',
      description: 'All of it',
    });
    await add('l-2', { kind: 'Entitlement' });
    const unsaid = await directory.entitlements.get({ ...team.base, id: 'l-2' }, 'Entitlement');
    expect(unsaid).toMatchObject({ type: 'Entitlement' });
  });

  it('changes an entry as a whole, with its next version, and not when nothing changes', async () => {
    expect(await add('a', { description: 'x' })).toMatchObject({ outcome: 'added', description: 'x' });
    expect(await add('a', { description: 'x' })).toMatchObject({ outcome: 'unchanged' });
    expect(await add('a', { displayName: 'A' })).toMatchObject({ outcome: 'changed', description: null });
    expect(await directory.entitlements.get({ ...team.base, id: 'a' }, 'Role')).toMatchObject({
      displayName: 'A',
      meta: { version: 'W/"2"' },
    });
  });

  it('is nobody else’s, and has no entry that it does not have', async () => {
    await add('a');
    const other = await createTeam(directory);
    for (const [base, id] of [
      [other.base, 'a'],
      [team.base, 'A'],
      [team.base, 'a\u0000'],
    ] as const) {
      await expect(directory.entitlements.get({ ...base, id }, 'Role')).rejects.toMatchObject({ status: 404 });
    }
    await expect(directory.entitlements.get({ ...team.base, id: 'a' }, 'Entitlement')).rejects.toMatchObject({
      status: 404,
    });
    await expect(remove('b')).rejects.toMatchObject({ status: 404 });
    await expect(add('a', { tenantId: newId() })).rejects.toMatchObject({ status: 404 });
  });

  it('is an offer: users have what they were sent, and keep it', async () => {
    await add('a');
    const roles = [{ value: 'a' }, { value: 'in nobody’s catalogue' }];
    const user = await team.createUser('ada@example.com', { roles });
    expect(await remove('a')).toEqual({ kind: 'Role', id: 'a', holders: 1 });
    expect(await directory.users.get({ ...team.base, id: String(user.id) })).toMatchObject({ roles });
  });
});

describe('a list of it', () => {
  beforeEach(async () => {
    for (const [id, displayName] of [
      ['c', 'Ada'],
      ['b', 'bob'],
      ['d', 'Cyd'],
      ['a', 'dee'],
    ] as const) {
      await add(id, { displayName });
    }
  });

  it('is in the order of ids, by index', async () => {
    expect(await ids()).toEqual(['a', 'b', 'c', 'd']);
    expect(await page({ startIndex: 2, count: 2 })).toMatchObject({
      totalResults: 4,
      resources: [{ id: 'b' }, { id: 'c' }],
    });
    expect(await page({ count: 0 })).toEqual({ totalResults: 4, resources: [] });
  });

  it('is filtered and sorted like any other', async () => {
    expect(await ids({ filter: 'displayName sw "A" or id eq "b"' })).toEqual(['b', 'c']);
    expect(await ids({ sortBy: 'displayName', sortOrder: 'descending' })).toEqual(['a', 'd', 'b', 'c']);
    await expect(page({ filter: 'userName pr' })).rejects.toMatchObject({ status: 400, scimType: 'invalidFilter' });
  });

  it('is walked by cursor, which is good for this list only', async () => {
    const first = await page({ cursor: '', count: 3, filter: 'id pr' });
    const cursor = first.nextCursor ?? '';
    const second = await page({ cursor, count: 3, filter: 'id pr' });
    expect([...first.resources, ...second.resources].map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(second).not.toHaveProperty('nextCursor');
    await expect(page({ cursor, count: 3 })).rejects.toMatchObject({ scimType: 'invalidCursor' });
  });
});
