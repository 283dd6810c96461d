import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ScimError } from './error.ts';
import { copyJson, type Json, parseJson, sameJson } from './json.ts';

function refusal(text: string): ScimError {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe('parseJson', () => {
  test('reads JSON', () => {
    expect(parseJson(' {"a": [1, true, null, "x\\n\\ty"]} ')).toEqual({ a: [1, true, null, 'x\n\ty'] });
  });

  test.each([
    ['{"a":x}', 5],
    ['{"a":1', 6],
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['', 0],
    ['"abc', 4],
    ['{"a":1}}', 7],
    ['{"a" 1}', 5],
    ['tru', 3],
    ["{'a':1}", 1],
    ['"\\x"', 1],
    ['01', 1],
    ['\ufeff{}', 0],
  ])('%j is malformed at position %i', (text, position) => {
    const error = refusal(text);
    expect(error).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
    expect(error.detail).toContain(`position ${position} `);
  });

  test('says line and column, and never shows the body', () => {
    const { detail } = refusal('{\n  "password": "hunter2" x}');
    expect(detail).toContain('line 2, column 25');
    expect(detail).not.toContain('hunter2');
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s at any depth', (key) => {
    expect(refusal(`{"a":[{"${key}":{}}]}`)).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
  });

  test.each([
    ['{"a":1,"a":1}', 'position 7 '],
    ['{"a":1,"\\u0061":2}', 'position 7 '],
    ['{"x":["a:",{"a" :{"b":1},"c":"a","a": 2}]}', 'position 33 '],
    ['{"userName":"x","USERNAME":"x"}', 'USERNAME is there twice, in different case'],
    [`{"a":[{${Array.from({ length: 20 }, (_, at) => `"k${at}":1`)},"K7":1}]}`, 'a.K7 is there twice'],
  ])('%s repeats a key', (text, where) => {
    expect(refusal(text)).toMatchObject({
      status: 400,
      scimType: 'invalidSyntax',
      detail: expect.stringContaining(where),
    });
  });

  test('the same key in two objects, colons and quotes in strings are no repetition', () => {
    const value = { a: [{ a: ':', b: '"a":1,"a":2' }, { a: '\\' }], ' ': '\\":' };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
  });

  test.each(['1e400', '-1e400', '[1e999]'])('%s is too large', (text) => {
    expect(refusal(`{"a":${text}}`)).toMatchObject({ status: 400, scimType: 'invalidValue' });
  });

  test.each(['NaN', 'Infinity', '-Infinity'])('%s is not JSON', (text) => {
    expect(refusal(`{"a":${text}}`)).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
  });

  test('a million backslashes or quotes take linear time', () => {
    for (const hostile of [`"${'\\\\'.repeat(1_000_000)}"`, `"${'\\"'.repeat(1_000_000)}"`]) {
      const start = performance.now();
      parseJson(hostile);
      expect(performance.now() - start).toBeLessThan(20_000);
    }
  });

  test('refuses an escaped __proto__', () => {
    expect(refusal('{"\\u005f_proto__":1}').scimType).toBe('invalidSyntax');
  });

  test('allows 64 levels and refuses 65', () => {
    expect(parseJson('['.repeat(64) + ']'.repeat(64))).toHaveLength(1);
    expect(refusal('['.repeat(65) + ']'.repeat(65))).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
  });

  test('200,000 brackets are an answer, not a stack overflow', () => {
    expect(refusal('['.repeat(200_000)).status).toBe(400);
    expect(refusal('{"a":'.repeat(200_000)).status).toBe(400);
  });

  test('brackets and quotes inside strings are not depth', () => {
    const text = `${'['.repeat(100)}\\"${'{'.repeat(100)}`;
    expect(parseJson(JSON.stringify({ a: text }))).toEqual({ a: text });
  });

  test.each([
    ['{"a":"\\u0000"}', 'U+0000'],
    ['{"a\\u0000":1}', 'U+0000 in a key'],
    ['["\\ud800"]', 'half a surrogate pair'],
    ['{"\\udc00":1}', 'half a surrogate pair in a key'],
    ['"\\u0007"', 'a bell'],
    ['"\\u007f"', 'delete'],
    ['"\\u0085"', 'a C1 control'],
  ])('refuses %s (%s)', (text) => {
    expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidValue' });
  });

  test('allows tab, line feed, carriage return and astral characters', () => {
    expect(parseJson('"\\t\\r\\n\\ud83d\\ude00"')).toBe('\t\r\n😀');
  });

  test('property: any text is read or refused with a 400, as JSON.parse would have it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.json().map((text) => text.slice(0, -1)),
        ),
        (text) => {
          let native: Json | undefined;
          try {
            native = JSON.parse(text) as Json;
          } catch {
            expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
            return;
          }
          try {
            expect(parseJson(text)).toEqual(native);
          } catch (error) {
            if (!(error instanceof ScimError)) throw error;
            expect(error.status).toBe(400);
            expect(error.detail).not.toContain('is not valid JSON');
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('property: a copy is the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(sameJson(copyJson(json), json)).toBe(true);
      }),
    );
  });
});

test('sameJson minds the order of a list, not of keys', () => {
  expect(sameJson({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(sameJson([1, 2], [2, 1])).toBe(false);
  expect(sameJson({ a: 1 }, { b: 1 })).toBe(false);
  expect(sameJson({}, [])).toBe(false);
  expect(sameJson(null, {})).toBe(false);
});
