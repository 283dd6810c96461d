import { describe, expect, test } from '@jest/globals';
import { matches, parseFilter } from './filter.ts';
import { attribute, type ResourceType } from './schema.ts';
import { readResource } from './validate.ts';

/** Our own schemas have no numbers; a type that has them must still be read and searched right (RFC 7643 §2.3.3, §2.3.4). */
const type: ResourceType = {
  name: 'Thing',
  endpoint: '/Things',
  description: '',
  extensions: [],
  schema: {
    id: 'urn:example:Thing',
    name: 'Thing',
    description: '',
    attributes: [
      attribute('size', '', { type: 'integer' }),
      attribute('weight', '', { type: 'decimal' }),
      attribute('since', '', { type: 'dateTime' }),
      attribute('tags', '', { multiValued: true }),
    ],
  },
};
const thing = (rest: object) => JSON.parse(JSON.stringify({ schemas: ['urn:example:Thing'], ...rest }));

describe('numbers and dates', () => {
  test('are read as they are', () => {
    const body = thing({ size: -3, weight: 1.5, since: '2026-01-31T00:00:00Z', tags: ['a', 'b'] });
    expect(readResource(body, type)).toStrictEqual(body);
  });

  test.each([
    [{ size: 1.5 }, "'size' must be an integer; received number"],
    [{ size: '3' }, "'size' must be an integer; received string"],
    [{ size: 9007199254740992 }, "'size' must be an integer"],
    [{ weight: true }, "'weight' must be a finite number; received boolean"],
    [{ since: '31 January' }, "'since' must be a dateTime such as"],
    [{ since: 5 }, "'since' must be a dateTime string; received number"],
    [{ tags: [5] }, "'tags[0]' must be a string; received number"],
  ])('%j is refused', (rest, detail) => {
    expect(() => readResource(thing(rest), type)).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidValue', detail: expect.stringContaining(detail) }),
    );
  });

  test('1e999 is no finite number', () => {
    const body = JSON.parse('{"schemas":["urn:example:Thing"],"weight":1e999}');
    expect(() => readResource(body, type)).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
  });

  test.each([
    ['size eq -3', true],
    ['size gt -3', false],
    ['size ge -3.0', true],
    ['weight lt 1.6E0', true],
    ['weight ne 1.5', false],
    ['tags eq "A"', true],
    ['tags ne "c"', true],
  ])('%s: %j', (filter, expected) => {
    const resource = readResource(thing({ size: -3, weight: 1.5, tags: ['a', 'b'] }), type);
    expect(matches(parseFilter(filter, type), resource)).toBe(expected);
  });

  test.each([
    'size eq "3"',
    'size co 3',
    'weight sw "1"',
    'size eq 03',
    'size eq 1e999',
    'size eq +1',
    'tags[value eq "a"]',
  ])('the filter %s is refused', (filter) => {
    expect(() => parseFilter(filter, type)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
  });
});
