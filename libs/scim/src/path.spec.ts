import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { groupType } from './group.ts';
import { parsePath, printPath } from './path.ts';
import { userType } from './user.ts';

type Case = { name: string; path: string; type?: 'Group'; prints?: string; error?: string };
const cases = JSON.parse(readFileSync(new URL('./cases/path.json', import.meta.url), 'utf8')) as Case[];

describe('parsePath', () => {
  test.each(cases.filter(({ prints }) => prints))('reads $name', ({ path, type, prints }) => {
    const resourceType = type ? groupType : userType;
    const parsed = parsePath(path, resourceType);
    expect(printPath(parsed)).toBe(prints);
    expect(parsePath(printPath(parsed), resourceType)).toEqual(parsed);
  });

  test.each(cases.filter(({ error }) => error))('refuses $name', ({ path, type, error }) => {
    expect(() => parsePath(path, type ? groupType : userType)).toThrow(
      expect.objectContaining({ status: 400, scimType: error }),
    );
  });

  test('reads a thousand members to remove', () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `value eq "${index}"`);
    expect(parsePath(`members[${ids.join(' or ')}]`, groupType)).toMatchObject({ filter: { kind: 'or' } });
  });

  test('property: any text is parsed or refused with a 400', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `emails[${text}`),
        ),
        (text) => {
          try {
            parsePath(text, userType);
          } catch (error) {
            expect(error).toMatchObject({ status: 400, scimType: expect.stringMatching(/^invalid(Path|Filter)$/) });
          }
        },
      ),
    );
  });
});
