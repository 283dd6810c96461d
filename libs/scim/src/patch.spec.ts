import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Dialect } from './dialect.ts';
import { ScimError } from './error.ts';
import { groupType } from './group.ts';
import type { Json, JsonObject } from './json.ts';
import { applyPatch, PATCH_OP_URN, readPatch } from './patch.ts';
import { copyResource, type Resource } from './resource.ts';
import { userType } from './user.ts';

type Case = {
  name: string;
  type?: 'Group';
  dialect?: Dialect;
  before: Partial<Resource>;
  operations: Json[];
  after?: Partial<Resource>;
  unchanged?: true;
  error?: string;
  detail?: string;
};
const cases = JSON.parse(readFileSync(new URL('./cases/patch.json', import.meta.url), 'utf8')) as Case[];

const resource = (given: Partial<Resource>, type?: 'Group'): Resource => ({
  schemas: [(type ? groupType : userType).schema.id],
  ...(type ? { displayName: 'G' } : { userName: 'a' }),
  ...given,
});
const message = (Operations: Json): JsonObject => ({ schemas: [PATCH_OP_URN], Operations });

describe('applyPatch', () => {
  test.each(cases.filter(({ after }) => after))(
    '$name',
    ({ type, dialect = 'rfc', before, operations, after, unchanged }) => {
      const resourceType = type ? groupType : userType;
      const given = resource(before, type);
      const copy = copyResource(given);
      const result = applyPatch(given, readPatch(message(operations), resourceType), resourceType, dialect);
      expect(result).toStrictEqual(resource(after ?? {}, type));
      expect(given).toStrictEqual(copy);
      if (unchanged) expect(result).toStrictEqual(given);
    },
  );

  test.each(cases.filter(({ error }) => error))(
    'refuses: $name',
    ({ type, dialect = 'rfc', before, operations, error, detail }) => {
      const resourceType = type ? groupType : userType;
      const given = resource(before, type);
      const copy = copyResource(given);
      expect(() => applyPatch(given, readPatch(message(operations), resourceType), resourceType, dialect)).toThrow(
        expect.objectContaining({ status: 400, scimType: error, detail: expect.stringContaining(detail ?? '') }),
      );
      expect(given).toStrictEqual(copy);
    },
  );

  test('the same operations can be applied again: nothing of them is shared with a result', () => {
    const operations = readPatch(
      message([
        { op: 'replace', path: 'emails', value: [{ value: 'a', primary: true }] },
        { op: 'add', path: 'emails', value: [{ value: 'b', primary: true }] },
      ]),
      userType,
    );
    const first = applyPatch(resource({}), operations, userType, 'rfc');
    expect(applyPatch(resource({}), operations, userType, 'rfc')).toStrictEqual(first);
    expect(applyPatch(first, operations, userType, 'rfc')).toStrictEqual(first);
  });

  test('refuses to grow an attribute beyond 1,000 values', () => {
    const add = (prefix: string) => ({
      op: 'add',
      path: 'emails',
      value: Array.from({ length: 600 }, (_, index) => ({ value: `${prefix}${index}` })),
    });
    const operations = readPatch(message([add('a'), add('b')]), userType);
    expect(() => applyPatch(resource({}), operations, userType, 'rfc')).toThrow(ScimError);
  });

  test('property: a patch with its own result is a no-op', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 6 }), (given) => {
        const result = patchOrUndefined(given);
        if (!result) return;
        const again = readPatch(message([{ op: 'replace', value: result as Json }]), userType);
        expect(applyPatch(result, again, userType, 'entra')).toStrictEqual(result);
        const added = readPatch(message([{ op: 'add', value: result as Json }]), userType);
        expect(applyPatch(result, added, userType, 'entra')).toStrictEqual(result);
      }),
      { numRuns: 1000 },
    );
  });

  test('property: at most one value is primary, and nothing is empty', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 8 }), (given) => {
        const result = patchOrUndefined(given);
        if (!result) return;
        const emails = (result.emails ?? []) as JsonObject[];
        expect(emails.filter(({ primary }) => primary === true).length).toBeLessThanOrEqual(1);
        expect(JSON.stringify(result)).not.toMatch(/\{\}|\[\]|null/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('readPatch', () => {
  test.each<[string, Json]>([
    ['a list', []],
    ['no schemas', { Operations: [{ op: 'remove', path: 'title' }] }],
    ['other schemas', { schemas: ['urn:x'], Operations: [{ op: 'remove', path: 'title' }] }],
    ['no operations', { schemas: [PATCH_OP_URN] }],
    ['an empty list of operations', message([])],
    ['operations that are no list', message({ op: 'remove', path: 'title' })],
    ['operations twice', { ...message([{ op: 'remove', path: 'title' }]), operations: [] }],
  ])('refuses %s', (_name, body) => {
    expect(() => readPatch(body, userType)).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }),
    );
  });

  test('keys and the URN in any case', () => {
    const body = { SCHEMAS: [PATCH_OP_URN.toUpperCase()], operations: [{ op: 'REMOVE', path: 'title' }] };
    expect(readPatch(body, userType)).toHaveLength(1);
  });

  test('more than 10,000 operations are 413', () => {
    const operations = (length: number) => Array.from({ length }, () => ({ op: 'remove', path: 'title' }));
    expect(readPatch(message(operations(10_000)), userType)).toHaveLength(10_000);
    expect(() => readPatch(message(operations(10_001)), userType)).toThrow(expect.objectContaining({ status: 413 }));
  });
});

function patchOrUndefined(operations: Json[]): Resource | undefined {
  try {
    return applyPatch(resource({}), readPatch(message(operations), userType), userType, 'entra');
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

const word = fc.constantFrom('a', 'A', 'b', 'c');
const email = fc.record(
  { value: word, type: fc.constantFrom('work', 'home', 'WORK'), primary: fc.boolean(), display: word },
  { requiredKeys: [] },
);
const assignments = fc.oneof(
  fc.record({ path: fc.constantFrom('title', 'name.givenName', 'emails.display', 'userName'), value: word }),
  fc.record({ path: fc.constant('emails'), value: fc.oneof(fc.array(email, { maxLength: 3 }), email, word) }),
  fc.record({ path: fc.constantFrom('emails[type eq "work"]', 'emails[value eq "a"]'), value: email }),
  fc.record({
    path: fc.constantFrom('emails[type eq "home"].primary', 'emails[value eq "b"].primary'),
    value: fc.boolean(),
  }),
  fc.record({ path: fc.constantFrom('name', 'emails', 'title'), value: fc.constant(null) }),
  fc.record({
    value: fc.record({ nickName: word, 'name.familyName': word, emails: fc.array(email, { maxLength: 2 }) }),
  }),
  fc.record({
    path: fc
      .constantFrom('', ':department', ':manager')
      .map((rest) => `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User${rest}`),
    value: fc.oneof(word, fc.record({ department: word }), fc.constant(null)),
  }),
);
const operation: fc.Arbitrary<Json> = fc.oneof(
  fc.tuple(fc.constantFrom('add', 'replace'), assignments).map(([op, rest]) => ({ op, ...rest }) as Json),
  fc
    .constantFrom('title', 'name', 'name.givenName', 'emails', 'emails[type eq "work"]', 'emails[value eq "a"].display')
    .map((path) => ({ op: 'remove', path })),
);
