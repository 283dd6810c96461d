import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

async function totals({ base, tenantId }: Team) {
  const wanted = { ...base, startIndex: 1, count: 0 };
  const [counted] = await directory.dataSource.query(
    `SELECT (SELECT count(*)::int FROM users WHERE tenant_id = $1 AND deleted_at IS NULL) AS users,
            (SELECT count(*)::int FROM groups WHERE tenant_id = $1 AND deleted_at IS NULL) AS groups`,
    [tenantId],
  );
  const users = (await directory.users.list(wanted)).totalResults;
  const groups = (await directory.groups.list(wanted)).totalResults;
  return { counted, told: { users, groups } };
}

/** How many rows the totals of a team are summed from. */
async function parts({ tenantId }: Team): Promise<number> {
  const text = 'SELECT count(*)::int AS parts FROM resource_counts WHERE tenant_id = $1';
  return (await directory.dataSource.query(text, [tenantId]))[0].parts;
}

const INSERT = `
INSERT INTO users (tenant_id, id, user_name, user_name_key, active, data, version, created_at, updated_at, deleted_at)
SELECT $1::uuid, gen_random_uuid(), k, k, true, '{}', 1, now(), now(), CASE WHEN n % 10 = 0 THEN now() END
FROM generate_series($2::int, $3::int) AS n, LATERAL (SELECT n || '@example.org' AS k) AS keys`;

it('are exact at every door', async () => {
  const team = await createTeam(directory);
  const ids = await Promise.all([1, 2, 3].map(async (n) => String((await team.createUser(`${n}@example.com`)).id)));
  await team.localUser('local@example.com');
  await team.localGroup('Local');
  const group = await team.createGroup('Pushed', ids);
  await expect(team.createUser('1@example.com')).rejects.toMatchObject({ status: 409 });
  expect((await totals(team)).told).toEqual({ users: 4, groups: 2 });
  await directory.users.delete({ ...team.base, id: String(ids[0]) }, command());
  await team.patchUser(String(ids[1]), [{ op: 'replace', path: 'title', value: 'Engineer' }]);
  await directory.groups.delete({ ...team.base, id: String(group.id) }, command());
  expect((await totals(team)).told).toEqual({ users: 3, groups: 1 });

  const { dataSource } = directory;
  await dataSource.query(INSERT, [team.tenantId, 1, 100]);
  expect((await totals(team)).told.users).toBe(93);
  await dataSource.query("UPDATE users SET deleted_at = NULL WHERE tenant_id = $1 AND user_name = '10@example.org'", [
    team.tenantId,
  ]);
  await dataSource.query("DELETE FROM users WHERE tenant_id = $1 AND user_name LIKE '_0@example.org'", [team.tenantId]);
  const { told, counted } = await totals(team);
  expect(told).toEqual(counted);
  expect(told.users).toBe(93);
});

it('are exact in every snapshot while others create, delete, give up and fold', async () => {
  const team = await createTeam(directory);
  const { dataSource } = directory;
  const write = async (writer: number) => {
    for (let n = 0; n < 150; n += 1) {
      const from = writer * 100_000 + n * 10;
      const session = dataSource.createQueryRunner();
      await session.startTransaction();
      await session.query(INSERT, [team.tenantId, from, from + (n % 4)]);
      await session.query(
        `UPDATE users SET deleted_at = now() WHERE tenant_id = $1 AND id = (
           SELECT id FROM users WHERE tenant_id = $1 AND deleted_at IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED)`,
        [team.tenantId],
      );
      await (n % 3 === 0 ? session.rollbackTransaction() : session.commitTransaction());
      await session.release();
    }
  };
  const differences: unknown[] = [];
  let writing = true;
  const watch = async () => {
    while (writing) {
      const [seen] = await dataSource.query(
        `SELECT (SELECT count(*)::int FROM users WHERE tenant_id = $1 AND deleted_at IS NULL) AS counted,
                (SELECT coalesce(sum(n), 0)::int FROM resource_counts WHERE tenant_id = $1) AS told`,
        [team.tenantId],
      );
      if (seen.counted !== seen.told) differences.push(seen);
    }
  };
  const watching = watch();
  await Promise.all([1, 2, 3, 4, 5, 6].map(write));
  writing = false;
  await watching;
  expect(differences).toEqual([]);
  const { told, counted } = await totals(team);
  expect(told).toEqual(counted);
});

it('are summed from few rows, however many made them, and nobody waits for a fold', async () => {
  const team = await createTeam(directory);
  const { dataSource } = directory;
  const open = dataSource.createQueryRunner();
  await open.startTransaction();
  await open.query('SELECT n FROM resource_counts WHERE tenant_id = $1 FOR UPDATE', [team.tenantId]);
  await open.query(INSERT, [team.tenantId, 1, 1]);
  await open.query('SELECT n FROM resource_counts WHERE tenant_id = $1 FOR UPDATE', [team.tenantId]);
  await dataSource.query(
    `INSERT INTO resource_counts (tenant_id, kind, n) SELECT $1, 'users', 1 FROM generate_series(1, 20000)`,
    [team.tenantId],
  );
  expect(await parts(team)).toBeLessThan(5_000);
  await open.commitTransaction();
  await open.release();
  expect((await totals(team)).told.users).toBe(20_001);
});
