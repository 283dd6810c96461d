import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalKey } from './canonical.ts';
import { instantOf } from './date-time.ts';

test.each([
  ['BJensen@Example.com', 'bjensen@example.com'],
  ['Ångström', 'ångström'],
  ['Å', 'Å'],
  ['ﬁ', 'FI'],
  ['ΟΔΟΣ', 'οδος'],
  ['ａ', 'A'],
])('%j and %j are the same', (left, right) => {
  expect(canonicalKey(left)).toBe(canonicalKey(right));
});

test('a dotless i is not an i', () => {
  expect(canonicalKey('ı')).not.toBe(canonicalKey('i'));
});

test('property: a key is its own key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(canonicalKey(canonicalKey(text))).toBe(canonicalKey(text));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['2026-01-31T00:00:00Z', Date.UTC(2026, 0, 31)],
  ['2026-01-31T00:00:00', Date.UTC(2026, 0, 31)],
  ['2026-01-31T02:00:00.5+02:00', Date.UTC(2026, 0, 31) + 500],
  ['2026-02-29T00:00:00Z', undefined],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2026-13-01T00:00:00Z', undefined],
  ['2026-01-01T24:00:00Z', undefined],
  ['2026-01-01', undefined],
  ['1 January 2026', undefined],
])('the instant of %j is %j', (text, instant) => {
  expect(instantOf(text)).toBe(instant);
});
