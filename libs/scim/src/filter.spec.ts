import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AttributeName, resolveName } from './attribute-name.ts';
import { type CompareOperator, operatorsOf } from './comparison.ts';
import { ScimError } from './error.ts';
import { type Filter, matches, parseFilter, printFilter } from './filter.ts';
import { groupType } from './group.ts';
import type { Resource } from './resource.ts';
import { userType } from './user.ts';

type ParseCase = { name: string; filter: string; type?: 'Group'; prints?: string; error?: string };
type Matching = { resource: Resource; cases: { name: string; filter: string; matches: boolean }[] };

const parsing = JSON.parse(readFileSync(new URL('./cases/filter-parse.json', import.meta.url), 'utf8')) as ParseCase[];
const matching = JSON.parse(readFileSync(new URL('./cases/filter-match.json', import.meta.url), 'utf8')) as Matching;

function name(text: string): AttributeName {
  const resolved = resolveName(text, userType);
  if (!resolved?.attribute) throw new Error(text);
  return resolved;
}

describe('parseFilter', () => {
  test.each(parsing.filter(({ prints }) => prints))('reads $name', ({ filter, type, prints }) => {
    const resourceType = type ? groupType : userType;
    const ast = parseFilter(filter, resourceType);
    expect(printFilter(ast)).toBe(prints);
    expect(parseFilter(printFilter(ast), resourceType)).toEqual(ast);
  });

  test.each(parsing.filter(({ error }) => error))('refuses $name', ({ filter, type, error }) => {
    expect(() => parseFilter(filter, type ? groupType : userType)).toThrow(
      expect.objectContaining({ status: 400, scimType: error }),
    );
  });

  test('resolves names and literals, so that a compiler needs no look-ups', () => {
    expect(parseFilter('emails co "x" and ROLES[PRIMARY eq "TRUE"]', userType)).toEqual({
      kind: 'and',
      operands: [
        { kind: 'compare', name: name('emails.value'), operator: 'co', value: 'x' },
        {
          kind: 'values',
          name: name('roles'),
          filter: { kind: 'compare', name: name('roles.primary'), operator: 'eq', value: true },
        },
      ],
    });
  });

  test('names the extension an attribute lives below', () => {
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    expect(parseFilter(`${urn}:department pr`, userType)).toMatchObject({ name: { schema: urn } });
    expect(parseFilter('urn:ietf:params:scim:schemas:core:2.0:User:title pr', userType)).not.toHaveProperty(
      'name.schema',
    );
  });

  test('allows 50 levels and refuses 51', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}title pr${')'.repeat(depth)}`;
    expect(parseFilter(nested(50), userType)).toMatchObject({ kind: 'present' });
    expect(() => parseFilter(nested(51), userType)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
    expect(() => parseFilter('not ('.repeat(1000), userType)).toThrow(ScimError);
  });

  test('refuses more than 8,192 characters', () => {
    const chain = (length: number) => Array.from({ length }, () => 'title pr').join(' or ');
    expect(parseFilter(chain(600), userType)).toMatchObject({ kind: 'or' });
    expect(() => parseFilter(chain(800), userType)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
  });

  test('property: any text is parsed or refused with a 400', () => {
    const words = fc.constantFrom(
      ...[
        'userName',
        'emails',
        'eq',
        'pr',
        'and',
        'or',
        'not',
        '(',
        ')',
        '[',
        ']',
        '"x"',
        'true',
        '.value',
        'urn:',
        '"',
      ],
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 12 }).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseFilter(text, userType);
        } catch (error) {
          expect(error).toMatchObject({ status: 400, scimType: 'invalidFilter' });
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('property: what is printed parses to the same tree', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(printFilter(filter), userType)).toEqual(filter);
      }),
      { numRuns: 500 },
    );
  });
});

describe('matches', () => {
  test.each(matching.cases)('$name', ({ filter, matches: expected }) => {
    expect(matches(parseFilter(filter, userType), matching.resource)).toBe(expected);
  });

  test('property: not turns every answer around', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(matches({ kind: 'not', operand: filter }, matching.resource)).toBe(!matches(filter, matching.resource));
      }),
    );
  });
});

const text = fc.string({ unit: fc.constantFrom('a', 'B', 'é', '"', '\\', ' ', '(', ']', '😀', '\n') });
const literals: Record<string, fc.Arbitrary<string | boolean>> = {
  boolean: fc.boolean(),
  dateTime: fc.constantFrom('2026-01-01T00:00:00Z', '2026-06-01T12:00:00.5+02:00'),
};

function comparisons(names: string[]): fc.Arbitrary<Filter> {
  return fc.constantFrom(...names.map(name)).chain((attributeName) => {
    const attribute = attributeName.subAttribute ?? attributeName.attribute;
    const operators = fc.constantFrom<CompareOperator>(...operatorsOf(attribute));
    return fc.oneof(
      fc.constant<Filter>({ kind: 'present', name: attributeName }),
      fc.record<Filter & { kind: 'compare' }>({
        kind: fc.constant('compare'),
        name: fc.constant(attributeName),
        operator: operators,
        value: literals[attribute.type] ?? text,
      }),
    );
  });
}

function combined(leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  return fc.letrec<{ filter: Filter }>((tie) => {
    const operands = fc.array(tie('filter'), { minLength: 2, maxLength: 3 });
    return {
      filter: fc.oneof(
        { maxDepth: 4 },
        leaf,
        operands.map((all): Filter => ({ kind: 'and', operands: all })),
        operands.map((all): Filter => ({ kind: 'or', operands: all })),
        tie('filter').map((operand): Filter => ({ kind: 'not', operand })),
      ),
    };
  }).filter;
}

const outer = comparisons([
  ...['userName', 'active', 'name.familyName', 'emails.value', 'meta.lastModified', 'id', 'x509Certificates.value'],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value',
]);
const inner = combined(comparisons(['emails.type', 'emails.primary', 'emails.value']));
const filters = combined(
  fc.oneof(
    outer,
    inner.map((filter): Filter => ({ kind: 'values', name: name('emails'), filter })),
  ),
);
