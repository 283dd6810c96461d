import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { printName } from '#scim/attribute-name';
import { matches, parseFilter, printFilter } from '#scim/filter';
import type { Resource } from '#scim/resource';
import { sortResources } from '#scim/sort';
import { userType } from '#scim/user';
import { readResource } from '#scim/validate';
import { createDirectory, createTeam, type Directory, type Team } from '../../test/directory.ts';
import { sortName, textsOf, userAttributes, userFilter } from '../../test/random-users.ts';

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
