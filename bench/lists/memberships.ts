import { CommandContext } from '#rabbit/server';
import { newId } from '#runtime/ids';
import { median } from '../measure/percentile.ts';
import type { Directory } from './directory.ts';
import { nthId } from './fill.ts';

const TIMES = 15;
const SMALL = 1_000;
/** What a PUT replaces at most: a body holds no more than 10 MB. */
const PUT_MOST = 100_000;
const SCHEMAS = {
  patch: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  group: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
};

export interface Changed {
  title: string;
  /** medians, milliseconds */
  small: number;
  large: number;
}

/**
 * What a change of members costs in a group of a thousand and in one of everybody: it is to depend on the change and not on
 * the group.
 */
export async function changes(directory: Directory, users: number): Promise<Changed[]> {
  const small = await groupOf(directory, 'Small', SMALL);
  const large = await groupOf(directory, 'Everybody', users - 200);
  const both = async (title: string, act: (group: string, round: number) => Promise<unknown>): Promise<Changed> => {
    return {
      title,
      small: await measured((round) => act(small, round)),
      large: await measured((round) => act(large, round)),
    };
  };
  const hundred = (round: number) => Array.from({ length: 100 }, (_, n) => nthId(users - ((n + round) % 200)));
  return [
    await both('PATCH: one member added, and removed', async (group) => {
      await patch(directory, group, [add([nthId(users)])]);
      await patch(directory, group, [remove(nthId(users))]);
    }),
    await both('PATCH: 100 members added, and removed', async (group, round) => {
      await patch(directory, group, [add(hundred(round))]);
      await patch(directory, group, hundred(round).map(remove));
    }),
    await both('PATCH: what it has already', (group) =>
      patch(directory, group, [{ op: 'replace', path: 'externalId', value: 'x' }]),
    ),
    await both('read without members', (group) =>
      directory.groups.get({ ...directory.base, id: group, excludedAttributes: ['members'] }),
    ),
  ];
}

/** PUT of a large group: made anew, unchanged, and with half of its people gone. @returns milliseconds by what was done */
export async function replaced(directory: Directory, users: number): Promise<[title: string, ms: number][]> {
  const count = Math.min(PUT_MOST, users);
  const id = await groupOf(directory, 'Replaced', 0);
  const put = async (size: number) => {
    const members = Array.from({ length: size }, (_, n) => ({ value: nthId(n + 1) }));
    const resource = { schemas: SCHEMAS.group, displayName: 'Replaced', members };
    const began = performance.now();
    await directory.groups.replace({ ...directory.base, id, resource }, command());
    return performance.now() - began;
  };
  return [
    [`PUT of ${count} members into an empty group`, await put(count)],
    ['the same again: nothing changes', await put(count)],
    ['half of them leave', await put(Math.floor(count / 2))],
  ];
}

/** A group that the connection manages, with the first `size` users as its members, written straight into the tables. */
async function groupOf({ dataSource, groups, base }: Directory, name: string, size: number): Promise<string> {
  const made = await groups.create({ ...base, resource: { schemas: SCHEMAS.group, displayName: name } }, command());
  const { tenantId, connectionId } = base;
  await dataSource.query(
    `INSERT INTO memberships (tenant_id, group_id, user_id, local, connection_id)
     SELECT tenant_id, $2, id, false, $3 FROM users WHERE tenant_id = $1 ORDER BY id LIMIT $4`,
    [tenantId, made.id, connectionId, size],
  );
  await dataSource.query('ANALYZE memberships');
  return String(made.id);
}

function patch({ groups, base }: Directory, id: string, operations: object[]): Promise<unknown> {
  return groups.patch({ ...base, id, patch: { schemas: SCHEMAS.patch, Operations: operations } }, command());
}

function add(ids: string[]): object {
  return { op: 'add', path: 'members', value: ids.map((value) => ({ value })) };
}

function remove(id: string): object {
  return { op: 'remove', path: `members[value eq "${id}"]` };
}

function command(): CommandContext {
  return new CommandContext(newId(), false);
}

async function measured(act: (round: number) => Promise<unknown>): Promise<number> {
  await act(TIMES);
  const times: number[] = [];
  for (let round = 0; round < TIMES; round += 1) {
    const began = performance.now();
    await act(round);
    times.push(performance.now() - began);
  }
  return median(times);
}
