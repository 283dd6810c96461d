import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { printName } from '#scim/attribute-name';
import { matches, parseFilter, printFilter } from '#scim/filter';
import type { Resource } from '#scim/resource';
import { sortResources } from '#scim/sort';
import { userType } from '#scim/user';
import { readResource } from '#scim/validate';
import { command, createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { sortName, textsOf, userAttributes, userFilter } from '../../test/random-users.ts';
import { USERS_LISTED } from '../users/user-rows.ts';
import { filterToSql } from './filter-sql.ts';
import { Parameters as SqlParameters } from './parameters.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

type ListWanted = Parameters<Directory['users']['list']>[0];

function list(team: Team, wanted: Partial<ListWanted> = {}) {
  return directory.users.list({ ...team.base, startIndex: 1, count: 100, ...wanted });
}

const ids = (resources: Resource[]) => resources.map(({ id }) => id);

/** A team of these users, the first half of them in a group. */
async function teamOf(users: object[]): Promise<{ team: Team; all: Resource[]; groupId: string }> {
  const team = await createTeam(directory);
  const made: string[] = [];
  for (const [index, attributes] of users.entries()) {
    directory.clock.time = new Date(Date.parse('2026-01-31T12:00:00.000Z') + (index % 3) * 750);
    const sent = JSON.parse(
      JSON.stringify({ schemas: [userType.schema.id], userName: `${index}Ab@example.com`, ...attributes }),
    );
    const { schemas: _, userName, ...resource } = readResource(sent, userType);
    made.push(String((await team.createUser(String(userName), resource)).id));
  }
  const group = await team.createGroup('Half', made.slice(0, made.length / 2));
  return { team, all: (await list(team)).resources, groupId: String(group.id) };
}

describe('what Postgres answers', () => {
  it('to any filter is what the library answers in memory (RFC 7644 §3.4.2.2)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(userAttributes, { minLength: 2, maxLength: 12 }), fc.nat(), async (users, seed) => {
        const { team, all, groupId } = await teamOf(users);
        const known = [...textsOf(users), ...all.map(({ id }) => String(id)), groupId, 'User', 'W/"1"', '1ab@'];
        for (const random of fc.sample(userFilter(known), { numRuns: 25, seed })) {
          const filter = printFilter(random);
          const tree = parseFilter(filter, userType);
          const expected = ids(all.filter((user) => matches(tree, user)));
          const { totalResults, resources } = await list(team, { filter });
          expect({ filter, totalResults, ids: ids(resources) }).toEqual({
            filter,
            totalResults: expected.length,
            ids: expected,
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('to any sort is what the library answers in memory (RFC 7644 §3.4.2.3)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(userAttributes, { minLength: 2, maxLength: 12 }),
        fc.array(sortName, { minLength: 8, maxLength: 8 }),
        async (users, names) => {
          const { team, all } = await teamOf(users);
          for (const name of names) {
            for (const sortOrder of ['ascending', 'descending'] as const) {
              const sortBy = printName(name);
              const { resources } = await list(team, { sortBy, sortOrder });
              expect({ sortBy, ids: ids(resources) }).toEqual({
                sortBy,
                ids: ids(sortResources(all, name, sortOrder)),
              });
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('what has an index', () => {
  it('is found by texts longer than the index holds as well', async () => {
    const long = 'x'.repeat(5000);
    const value = `${'y'.repeat(300)}@example.com`;
    const { team, all } = await teamOf([
      { displayName: long, emails: [{ value, type: 'work' }] },
      { displayName: `${long}z` },
    ]);
    const found = async (filter: string) => ids((await list(team, { filter })).resources);
    expect(await found(`displayName eq "${long.toUpperCase()}"`)).toEqual([all[0]?.id]);
    expect(await found(`displayName sw "${long}"`)).toEqual(ids(all));
    expect(await found(`emails.value eq "${value}"`)).toEqual([all[0]?.id]);
    expect(await found(`emails[type eq "work" and value eq "${value}"]`)).toEqual([all[0]?.id]);
  });

  it.each([
    ['userName eq "7ab@example.com"', 'users_user_name'],
    ['userName sw "77ab@"', 'users_user_name'],
    ['externalId eq "x7"', 'users_external_id'],
    ['displayName eq "Person 7"', 'users_display_name'],
    ['displayName sw "Person 77"', 'users_display_name'],
    ['emails.value eq "Person77@Example.com"', 'users_emails'],
    ['emails[type eq "work" and value eq "person77@example.com"]', 'users_emails'],
    ['active eq false', 'users_active'],
    ['meta.lastModified gt "2026-06-01T00:00:00Z"', 'users_updated'],
  ])('finds %s by it', async (filter, index) => {
    const crowd = await crowdOf3000();
    const parameters = new SqlParameters(crowd.tenantId);
    const where = filterToSql(parseFilter(filter, userType), USERS_LISTED.columns, parameters);
    const plan = await directory.dataSource.query(
      `EXPLAIN SELECT u.id FROM users u WHERE u.tenant_id = $1 AND u.deleted_at IS NULL AND ${where}`,
      parameters.values,
    );
    expect(JSON.stringify(plan)).toContain(index);
  });
});

let crowd: Team | undefined;

/** A team of 3,000, two of them inactive, all but one unchanged for long. */
async function crowdOf3000(): Promise<Team> {
  if (crowd) return crowd;
  crowd = await createTeam(directory);
  await directory.dataSource.query(
    `INSERT INTO users (tenant_id, id, user_name, user_name_key, external_id, active, data, version, created_at, updated_at,
                        display_name_key, email_keys)
     SELECT $1::uuid, gen_random_uuid(), n || 'ab@example.com', n || 'ab@example.com', 'x' || n, n > 2, '{}', 1, now(),
            CASE n WHEN 1 THEN timestamptz '2026-07-01' ELSE '2026-01-01' END, 'person ' || n, ARRAY['person' || n || '@example.com']
     FROM generate_series(1, 3000) AS n`,
    [crowd.tenantId],
  );
  await directory.dataSource.query('ANALYZE users');
  return crowd;
}

describe('sorting', () => {
  it('by an unknown attribute leaves the order of creation', async () => {
    const { team, all } = await teamOf([{}, {}, {}]);
    expect(ids((await list(team, { sortBy: 'shoeSize' })).resources)).toEqual(ids(all));
  });

  it('by members is refused', async () => {
    const { team } = await teamOf([{}]);
    await expect(list(team, { sortBy: 'groups' })).rejects.toMatchObject({ status: 400, scimType: 'invalidValue' });
  });
});

describe('paging by cursor (RFC 9865)', () => {
  /** Every page of a walk. */
  async function walk(team: Team, wanted: Partial<ListWanted>) {
    const pages = [await list(team, { ...wanted, cursor: '' })];
    for (let next = pages[0]?.nextCursor; next !== undefined; next = pages.at(-1)?.nextCursor) {
      pages.push(await list(team, { ...wanted, cursor: next }));
    }
    return pages;
  }

  it('gives what one page gives, in pages of any size, by any sort', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(userAttributes, { minLength: 2, maxLength: 12 }),
        fc.array(fc.tuple(sortName, fc.integer({ min: 1, max: 13 })), { minLength: 6, maxLength: 6 }),
        async (users, walks) => {
          const { team, all } = await teamOf(users);
          for (const [name, count] of walks) {
            for (const sortOrder of ['ascending', 'descending'] as const) {
              const sortBy = printName(name);
              const pages = await walk(team, { sortBy, sortOrder, count });
              const walked = pages.flatMap(({ resources }) => ids(resources));
              expect({ sortBy, walked }).toEqual({ sortBy, walked: ids(sortResources(all, name, sortOrder)) });
              expect(pages).toHaveLength(Math.ceil(all.length / count));
              expect(new Set(pages.map(({ totalResults }) => totalResults))).toEqual(new Set([all.length]));
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('goes on where it stood while others come and go', async () => {
    const { team, all } = await teamOf([{}, {}, {}, {}]);
    const first = await list(team, { cursor: '', count: 2 });
    await directory.users.delete({ ...team.base, id: String(all[0]?.id) }, command());
    const second = await list(team, { cursor: first.nextCursor, count: 2 });
    expect(ids(second.resources)).toEqual(ids(all.slice(2)));
    expect(second.nextCursor).toBeUndefined();
  });

  it('refuses a cursor of another filter, sort or tenant, and an old one', async () => {
    const { team } = await teamOf([{}, {}]);
    const { team: other } = await teamOf([{}, {}]);
    const { nextCursor: cursor } = await list(team, { cursor: '', count: 1 });
    const foreign = { status: 400, scimType: 'invalidCursor' };
    await expect(list(other, { cursor })).rejects.toMatchObject(foreign);
    await expect(list(team, { cursor, filter: 'active eq true' })).rejects.toMatchObject(foreign);
    await expect(list(team, { cursor, sortBy: 'userName' })).rejects.toMatchObject(foreign);
    await expect(list(team, { cursor: 'forged' })).rejects.toMatchObject(foreign);
    directory.clock.time = new Date(directory.clock.time.getTime() + 3_601_000);
    await expect(list(team, { cursor })).rejects.toMatchObject({ status: 400, scimType: 'expiredCursor' });
  });
});

describe('paging by index', () => {
  it('gives what one page gives, in pages of any size, by any sort', async () => {
    const { team, all } = await teamOf([{}, { title: 'b' }, { title: 'A' }, {}, { title: '' }, { title: 'b' }, {}]);
    for (const wanted of [{}, { sortBy: 'title' }, { sortBy: 'title', sortOrder: 'descending' as const }]) {
      const whole = ids((await list(team, wanted)).resources);
      for (let count = 1; count <= all.length; count += 1) {
        const walked: unknown[] = [];
        for (let startIndex = 1; startIndex <= all.length; startIndex += count) {
          const page = await list(team, { ...wanted, startIndex, count });
          expect(page.totalResults).toBe(all.length);
          walked.push(...ids(page.resources));
        }
        expect(walked).toEqual(whole);
      }
    }
  });
});
