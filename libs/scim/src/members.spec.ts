import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { groupType } from './group.ts';
import type { Json } from './json.ts';
import { type MemberChange, memberIds, splitMembers } from './members.ts';
import { PATCH_OP_URN, readPatch } from './patch.ts';
import { printPath } from './path.ts';

type Case = {
  name: string;
  operations: Json[];
  changes?: MemberChange[];
  rest?: string[];
  error?: string;
  detail?: string;
};
const cases = JSON.parse(readFileSync(new URL('./cases/members.json', import.meta.url), 'utf8')) as Case[];

function split(operations: Json[]) {
  return splitMembers(readPatch({ schemas: [PATCH_OP_URN], Operations: operations }, groupType));
}

describe('splitMembers', () => {
  test.each(cases.filter(({ changes }) => changes))('$name', ({ operations, changes, rest: expected = [] }) => {
    const { rest, changes: found } = split(operations);
    expect(found).toStrictEqual(changes);
    expect(rest.map(({ op, path }) => `${op} ${printPath(path)}`)).toEqual(expected);
  });

  test.each(cases.filter(({ error }) => error))('refuses $name', ({ operations, error, detail }) => {
    expect(() => split(operations)).toThrow(
      expect.objectContaining({ status: 400, scimType: error, detail: expect.stringContaining(detail ?? '') }),
    );
  });

  test('ten thousand removes are one change, in little time', () => {
    const operations = Array.from({ length: 10_000 }, (_, id) => ({ op: 'remove', path: `members[value eq "${id}"]` }));
    const { changes } = split(operations);
    expect(changes).toEqual([{ op: 'remove', ids: operations.map((_, id) => String(id)) }]);
  });
});

test('memberIds gives distinct ids in order', () => {
  expect(memberIds([{ value: '2' }, { value: '1' }, { value: '2' }])).toEqual(['2', '1']);
  expect(memberIds(undefined)).toEqual([]);
});
