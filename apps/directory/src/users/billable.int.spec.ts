import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '#rabbit/answer';
import { createDirectory, createTeam, type Directory } from '../../test/directory.ts';
import { BillableRpc } from './billable.rpc.ts';

let directory: Directory;
let billable: BillableRpc;

beforeAll(async () => {
  directory = await createDirectory();
  billable = new BillableRpc(directory.dataSource, directory.clock);
});
afterAll(() => directory.close());

describe('who is billable', () => {
  it('is told page by page by id, without who is inactive, and of each person with the version', async () => {
    const team = await createTeam(directory);
    const made = [
      await team.localUser('ada@example.com'),
      await team.localUser('bob@example.com'),
      await team.localUser('carl@example.com'),
    ];
    const [ada, bob, carl] = made.map(({ id }) => id).sort() as [string, string, string];
    await directory.dataSource.query('UPDATE users SET active = false, version = 2 WHERE id = $1', [bob]);
    const asked = { tenantId: team.tenantId, billableFrom: 'provisioned' };
    expect(bodyOf(await billable.list({ ...asked, limit: 1 }))).toEqual([{ id: ada, version: 1, groups: 0 }]);
    expect(bodyOf(await billable.list({ ...asked, after: ada, limit: 5 }))).toEqual([
      { id: carl, version: 1, groups: 0 },
    ]);
    const states = bodyOf(await billable.states({ ...asked, ids: [bob, team.tenantId] }));
    expect(states).toEqual([{ id: bob, userName: expect.any(String), version: 2, billable: false, groups: 0 }]);
    const signedIn = { ...asked, billableFrom: 'first_sign_in' };
    expect(bodyOf(await billable.list({ ...signedIn, limit: 5 }))).toEqual([]);
    expect(bodyOf(await billable.states({ ...signedIn, ids: [ada] }))).toMatchObject([{ billable: false }]);
  });
});

function bodyOf(answer: Answer): unknown {
  return JSON.parse(answer.content.toString());
}
