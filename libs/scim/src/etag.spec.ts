import { expect, test } from '@jest/globals';
import { etagOf, ifMatch, ifNoneMatch, versionOf } from './etag.ts';

test('a tag is weak, and names its version', () => {
  expect(etagOf(3)).toBe('W/"3"');
  expect(versionOf(etagOf(3))).toBe(3);
  expect(versionOf('nonsense')).toBeNaN();
});

test.each([
  [undefined, true],
  ['*', true],
  ['W/"3"', true],
  ['"3"', true],
  ['W/"1", W/"3"', true],
  ['"1","3"', true],
  ['W/"33"', false],
  ['W/"1", W/"2"', false],
  ['3', false],
  ['', false],
  ['w/"3"', false],
  ['W/"3', false],
])('If-Match %j against version 3: %j', (header, expected) => {
  expect(ifMatch(header, 3)).toBe(expected);
});

test('If-None-Match is the other way round, but lets pass when absent', () => {
  expect(ifNoneMatch(undefined, 3)).toBe(true);
  expect(ifNoneMatch('W/"3"', 3)).toBe(false);
  expect(ifNoneMatch('*', 3)).toBe(false);
  expect(ifNoneMatch('W/"2"', 3)).toBe(true);
});
