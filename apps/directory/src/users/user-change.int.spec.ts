import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { userType } from '#scim/user';
import { CAUSE, command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { saveChange, type UserChange } from './user-change.ts';
import { changes, userEvent } from './user-events.ts';
import { findUser } from './user-rows.ts';

let directory: Directory;
let team: Team;

beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  team = await createTeam(directory);
});

/** The user deactivated, with another title, as decided on what is there now. */
async function deactivation(id: string): Promise<UserChange> {
  const before = await findUser(directory.dataSource.manager, team.tenantId, id);
  const data = { ...before.data, active: false, title: 'CTO' };
  const after = { ...before, active: false, data, updatedAt: new Date() };
  const facts = changes(before, after, userType);
  after.version = before.version + facts.length;
  const events = facts.map((fact, index) => userEvent(after, before.version + index + 1, fact, CAUSE, after.updatedAt));
  return { before, after, events, facts, connectionId: team.base.connectionId };
}

async function told(): Promise<unknown[]> {
  return (await team.events()).map(({ type, version }) => [type, version]);
}

describe('a decided change of a user', () => {
  it('is saved with its events, in the order of their versions', async () => {
    const { id } = await team.createUser('ada@example.com');
    expect(await saveChange(directory.dataSource.manager, await deactivation(String(id)))).toBe(true);

    expect(await directory.users.get({ ...team.base, id: String(id) })).toMatchObject({ active: false, title: 'CTO' });
    expect(await told()).toEqual([
      ['user.created.v1', 1],
      ['user.deactivated.v1', 2],
      ['user.updated.v1', 3],
    ]);
  });

  it('saves and tells nothing when another change, or a delete, came between', async () => {
    const { id } = await team.createUser('ada@example.com');
    const decided = await deactivation(String(id));
    await team.patchUser(String(id), [{ op: 'add', path: 'nickName', value: 'Countess' }]);
    expect(await saveChange(directory.dataSource.manager, decided)).toBe(false);
    const user = await directory.users.get({ ...team.base, id: String(id) });
    expect([user.active, user.title]).toEqual([true, undefined]);

    const again = await deactivation(String(id));
    await directory.users.delete({ ...team.base, id: String(id) }, command());
    expect(await saveChange(directory.dataSource.manager, again)).toBe(false);
    expect(await told()).toEqual([
      ['user.created.v1', 1],
      ['user.updated.v1', 2],
      ['user.deleted.v1', 3],
    ]);
  });
});
