import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SnapshotsTold } from '#directory-api/snapshots';
import type { CloudEvent } from '#events/envelope';
import type { GroupSnapshot } from '#events/group-snapshot.v1';
import { CAUSE, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { SnapshotsService } from './snapshots.service.ts';

let directory: Directory;
let snapshots: SnapshotsService;

beforeAll(async () => {
  directory = await createDirectory();
  snapshots = new SnapshotsService(directory.dataSource, directory.clock);
});
afterAll(() => directory.close());

async function tellAll({ tenantId }: Team, kind: 'users' | 'groups'): Promise<SnapshotsTold[]> {
  const steps: SnapshotsTold[] = [];
  for (let after: string | null | undefined; after !== null; after = steps.at(-1)?.next ?? null) {
    steps.push(await snapshots.tell({ tenantId, kind, ...(after && { after }) }, CAUSE));
  }
  return steps;
}

const forget = ({ tenantId }: Team) =>
  directory.dataSource.query('DELETE FROM outbox WHERE tenant_id = $1', [tenantId]);

describe('snapshots', () => {
  it('are not told where every event of the tenant is kept, unless asked for all the same', async () => {
    const team = await createTeam(directory);
    await team.createUser('ada@example.com');
    expect(await tellAll(team, 'users')).toEqual([{ told: 0, complete: true, next: null }]);
    expect(await team.events()).toHaveLength(1);
    const asked = { tenantId: team.tenantId, kind: 'users', always: true } as const;
    expect(await snapshots.tell(asked, CAUSE)).toEqual({ told: 1, complete: false, next: null });
    expect((await team.events()).map(({ type }) => type)).toEqual(['user.created.v1', 'user.snapshot.v1']);
  });

  it('tell every living user at its version, without a change of it', async () => {
    const team = await createTeam(directory);
    const ada = await team.createUser('ada@example.com');
    await team.patchUser(String(ada.id), [{ op: 'replace', value: { active: false } }]);
    const bob = await team.createUser('bob@example.com');
    await directory.users.delete(
      { ...team.base, id: String(bob.id) },
      { commandId: CAUSE.commandId, redelivered: false },
    );
    await forget(team);
    expect(await tellAll(team, 'users')).toEqual([{ told: 1, complete: false, next: null }]);
    expect(await team.events()).toMatchObject([
      {
        type: 'user.snapshot.v1',
        version: 2,
        data: { userId: ada.id, active: false, managedBy: team.connectionId, since: '2026-01-31T12:00:00.000Z' },
      },
    ]);
  });

  it('tell a large group in parts, which are stretches of its users without a gap', async () => {
    const team = await createTeam(directory);
    const group = await team.createGroup('Everybody');
    const inner = await team.createGroup('Inner');
    await directory.dataSource.query(
      `WITH made AS (
         INSERT INTO users (tenant_id, id, user_name, user_name_key, active, data, version, created_at, updated_at, email_keys)
         SELECT $1, gen_random_uuid(), n::text, n::text, true, '{}', 1, now(), now(), '{}' FROM generate_series(1, 2500) n
         RETURNING id)
       INSERT INTO memberships (tenant_id, group_id, user_id, local) SELECT $1, $2, id, true FROM made`,
      [team.tenantId, group.id],
    );
    await team.patchGroup(String(group.id), [{ op: 'add', path: 'members', value: [{ value: inner.id }] }]);
    await forget(team);
    await tellAll(team, 'groups');
    const parts = ((await team.events()) as CloudEvent<GroupSnapshot>[]).filter(
      ({ data }) => data.groupId === group.id,
    );
    expect(parts.map(({ data }) => data.users.length)).toEqual([1_000, 1_000, 500]);
    expect(new Set(parts.flatMap(({ data }) => data.users)).size).toBe(2_500);
    expect(parts.map(({ data }) => data.usersAfter)).toEqual([
      null,
      ...parts.slice(0, -1).map(({ data }) => data.usersThrough),
    ]);
    expect(parts.at(-1)?.data.usersThrough).toBeNull();
    expect(parts.map(({ data }) => data.groups)).toEqual([[inner.id], null, null]);
  });

  it('go on where the last step ended', async () => {
    const team = await createTeam(directory);
    await directory.dataSource.query(
      `INSERT INTO users (tenant_id, id, user_name, user_name_key, active, data, version, created_at, updated_at, email_keys)
       SELECT $1, gen_random_uuid(), n::text, n::text, true, '{}', 1, now(), now(), '{}' FROM generate_series(1, 1200) n`,
      [team.tenantId],
    );
    await forget(team);
    expect((await tellAll(team, 'users')).map(({ told }) => told)).toEqual([500, 500, 200]);
    expect(new Set((await team.events()).map(({ subject }) => subject)).size).toBe(1_200);
  });
});
