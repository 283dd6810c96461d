import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '#scim/resource';
import { createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { INDEXED_BYTES } from './index-key.ts';

let directory: Directory;
let team: Team;
beforeAll(async () => {
  directory = await createDirectory();
  team = await createTeam(directory);
});
afterAll(() => directory.close());

/** Text that cannot be compressed, which Postgres tries before it refuses an index entry. */
function longText(bytes: number): string {
  return randomBytes(bytes).toString('base64url').slice(0, bytes);
}

const tooLong = { status: 400, scimType: 'invalidValue', message: expect.stringContaining(`${INDEXED_BYTES} bytes`) };

const found = async (kind: 'users' | 'groups', filter: string) => {
  const { resources } = await directory[kind].list({ ...team.base, startIndex: 1, count: 10, filter });
  return (resources as Resource[]).map(({ id }) => id);
};

describe('a value longer than its index takes', () => {
  it('is refused as externalId of a user, by create and by patch', async () => {
    const externalId = longText(INDEXED_BYTES + 1);
    await expect(team.createUser('a@example.com', { externalId })).rejects.toMatchObject(tooLong);
    const { id } = await team.createUser('b@example.com');
    const replace = team.patchUser(String(id), [{ op: 'replace', path: 'externalId', value: externalId }]);
    await expect(replace).rejects.toMatchObject(tooLong);
  });

  it('is refused as displayName or externalId of a group, and counted as it is compared', async () => {
    await expect(team.createGroup(longText(INDEXED_BYTES + 1))).rejects.toMatchObject(tooLong);
    await expect(team.createGroup('ﷺ'.repeat(200))).rejects.toMatchObject(tooLong);
    await expect(team.localGroup(longText(INDEXED_BYTES + 1))).rejects.toMatchObject(tooLong);
    const { id } = await team.createGroup('Engineering');
    const replace = team.replaceGroup(String(id), 'Engineering', [], { externalId: longText(INDEXED_BYTES + 1) });
    await expect(replace).rejects.toMatchObject(tooLong);
  });

  it('is kept, and found by eq, where it just fits', async () => {
    const externalId = longText(INDEXED_BYTES);
    const user = await team.createUser('c@example.com', { externalId });
    const group = await team.createGroup(longText(INDEXED_BYTES));
    expect(await found('users', `externalId eq "${externalId}"`)).toEqual([user.id]);
    expect(await found('users', `externalId eq "${externalId}x"`)).toEqual([]);
    expect(await found('groups', `displayName eq "${group.displayName}"`)).toEqual([group.id]);
  });

  it('is kept, and found by eq, as displayName and address of a user', async () => {
    const displayName = longText(6_000);
    const value = `${longText(6_000)}@example.com`;
    const { id } = await team.createUser('d@example.com', { displayName, emails: [{ value }] });
    expect(await found('users', `displayName eq "${displayName}"`)).toEqual([id]);
    expect(await found('users', `displayName eq "${displayName.slice(0, -1)}"`)).toEqual([]);
    expect(await found('users', `emails.value eq "${value}"`)).toEqual([id]);
    expect(await found('users', `emails.value eq "${value.slice(1)}"`)).toEqual([]);
  });

  it('leaves room for the longest userName', async () => {
    const name = `${'ﷺ'.repeat(21)}@${['a', 'b', 'c'].map((letter) => letter.repeat(60)).join('.')}.com`;
    const { id } = await team.createUser(name);
    expect(await found('users', `userName eq "${name}"`)).toEqual([id]);
  });
});
