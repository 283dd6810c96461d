import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { directoryDatabase } from '../database.ts';
import { TenantTypes } from '../schemas/tenant-types.ts';
import { UserCreation } from '../users/user-creation.ts';
import { UsersService } from '../users/users.service.ts';
import { SLOTS } from './walks.ts';

let directory: Directory;
/** another replica of the directory */
let other: { users: UsersService; close(): Promise<void> };

beforeAll(async () => {
  directory = await createDirectory();
  const { url } = directory.dataSource.options as { url: string };
  const dataSource = await new DataSource(directoryDatabase(url)).initialize();
  other = {
    users: new UsersService(dataSource, directory.clock, new TenantTypes(dataSource), new UserCreation(dataSource)),
    close: () => dataSource.destroy(),
  };
});
afterAll(async () => {
  await other.close();
  await directory.close();
});

/** A fresh team of so many users, with their ids in the order of creation. */
async function teamOf(count: number): Promise<{ team: Team; ids: string[] }> {
  const team = await createTeam(directory);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(String((await team.createUser(`${n}@example.com`)).id));
  return { team, ids };
}

type Wanted = Parameters<UsersService['list']>[0];

async function page({ base }: Team, users: UsersService, startIndex: number, wanted: Partial<Wanted> = {}) {
  const { resources, totalResults } = await users.list({ ...base, startIndex, count: 2, ...wanted });
  return { ids: resources.map(({ id }) => String(id)), totalResults };
}

function remove(team: Team, id: string | undefined): Promise<void> {
  return directory.users.delete({ ...team.base, id: String(id) }, command());
}

describe('a walk by startIndex', () => {
  it('goes on at another replica where it stood, while others are deleted and created', async () => {
    const { team, ids } = await teamOf(6);
    expect(await page(team, directory.users, 1)).toEqual({ ids: ids.slice(0, 2), totalResults: 6 });
    await remove(team, ids[0]);
    await remove(team, ids[3]);
    const added = String((await team.createUser('new@example.com')).id);
    expect(await page(team, other.users, 3)).toEqual({ ids: [ids[2], ids[4]], totalResults: 5 });
    await remove(team, ids[4]);
    expect(await page(team, directory.users, 5)).toEqual({ ids: [ids[5], added], totalResults: 4 });
    expect(await page(team, other.users, 7)).toEqual({ ids: [], totalResults: 4 });
  });

  it('goes on by a filter and by a sort as well', async () => {
    const { team, ids } = await teamOf(5);
    const wanted = { filter: 'active eq true', sortBy: 'userName', sortOrder: 'descending' as const };
    expect(await page(team, directory.users, 1, wanted)).toEqual({ ids: [ids[4], ids[3]], totalResults: 5 });
    await remove(team, ids[4]);
    expect(await page(team, other.users, 3, wanted)).toEqual({ ids: [ids[2], ids[1]], totalResults: 4 });
  });

  it('begins anew from its first page, after ten minutes, and for another connection', async () => {
    const { team, ids } = await teamOf(4);
    await page(team, directory.users, 1);
    await remove(team, ids[0]);
    const foreign = { ...team, base: { ...team.base, connectionId: team.tenantId } };
    expect((await page(foreign, directory.users, 3)).ids).toEqual([ids[3]]);
    expect((await page(team, directory.users, 3)).ids).toEqual([ids[2], ids[3]]);
    expect((await page(team, directory.users, 1)).ids).toEqual([ids[1], ids[2]]);
    expect((await page(team, directory.users, 3)).ids).toEqual([ids[3]]);
    await page(team, directory.users, 1);
    await remove(team, ids[1]);
    directory.clock.time = new Date(directory.clock.time.getTime() + 601_000);
    expect((await page(team, directory.users, 3)).ids).toEqual([]);
  });

  it('leaves few marks, whatever a client asks, and none for what fits into one page', async () => {
    const { team } = await teamOf(3);
    const marks = async () => {
      const text = 'SELECT count(*)::int AS marks FROM walk_marks WHERE tenant_id = $1';
      return (await directory.dataSource.query(text, [team.tenantId]))[0].marks;
    };
    await page(team, directory.users, 1, { count: 3 });
    await page(team, directory.users, 1, { filter: 'userName eq "0@example.com"', count: 1 });
    await page(team, directory.users, 1_000_000);
    expect(await marks()).toBe(0);
    const filters = Array.from({ length: 5 * SLOTS }, (_, n) => `active eq true and not (title eq "${n}")`);
    await Promise.all(filters.map((filter) => page(team, directory.users, 1, { filter })));
    expect(await marks()).toBeLessThanOrEqual(SLOTS);
    expect(await marks()).toBeGreaterThan(SLOTS / 2);
  });
});
