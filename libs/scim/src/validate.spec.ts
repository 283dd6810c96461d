import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ScimError } from './error.ts';
import { groupType } from './group.ts';
import type { Json } from './json.ts';
import type { Resource } from './resource.ts';
import { USER_URN, userType } from './user.ts';
import { readResource } from './validate.ts';

type Case = {
  name: string;
  type?: 'Group';
  body: Json;
  resource?: Resource;
  error?: string;
  detail?: string;
};
const cases = JSON.parse(readFileSync(new URL('./cases/validate.json', import.meta.url), 'utf8')) as Case[];
const user = (rest: { [key: string]: Json }): Json => ({ schemas: [USER_URN], userName: 'a', ...rest });

describe('readResource', () => {
  test.each(cases.filter(({ resource }) => resource))('accepts $name', ({ body, type, resource }) => {
    const read = readResource(body, type ? groupType : userType);
    expect(read).toStrictEqual(resource);
    expect(readResource(read as Json, type ? groupType : userType)).toStrictEqual(read);
  });

  test.each(cases.filter(({ error }) => error))('refuses $name', ({ body, type, error, detail }) => {
    expect(() => readResource(body, type ? groupType : userType)).toThrow(
      expect.objectContaining({ status: 400, scimType: error, detail: expect.stringContaining(detail ?? '') }),
    );
  });

  test('no password leaves', () => {
    expect(JSON.stringify(readResource(user({ PassWord: 'hunter2' }), userType))).not.toContain('hunter2');
  });

  test('refuses a text of more than 65,536 characters', () => {
    expect(readResource(user({ title: 'x'.repeat(65_536) }), userType).title).toHaveLength(65_536);
    expect(() => readResource(user({ title: 'x'.repeat(65_537) }), userType)).toThrow(ScimError);
  });

  test('refuses more than 1,000 emails, but not 20,000 members', () => {
    const values = (length: number) => Array.from({ length }, (_, index) => ({ value: `v${index}` }));
    expect(() => readResource(user({ emails: values(1001) }), userType)).toThrow(ScimError);
    const group = { schemas: [groupType.schema.id], displayName: 'G', members: values(20_000) };
    expect(readResource(group, groupType).members).toHaveLength(20_000);
  });

  test('property: any JSON is read or refused with a 400, and what was read reads to itself', () => {
    const names = fc.constantFrom(
      'title',
      'Active',
      'emails',
      'name',
      'roles',
      'addresses',
      'groups',
      'password',
      'meta',
    );
    const inner = fc.dictionary(
      fc.constantFrom('value', 'type', 'primary', 'givenName', '$ref'),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), inner, fc.array(inner));
    fc.assert(
      fc.property(fc.dictionary(names, value), (body) => {
        try {
          const read = readResource(user(body as { [key: string]: Json }), userType);
          expect(readResource(read as Json, userType)).toStrictEqual(read);
        } catch (error) {
          if (!(error instanceof ScimError)) throw error;
          expect(error.status).toBe(400);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
