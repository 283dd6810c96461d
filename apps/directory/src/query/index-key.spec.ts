import { describe, expect, it } from '@jest/globals';
import { compareText } from '#scim/comparison';
import type { Json } from '#scim/json';
import { endOfPrefix, INDEXED_CHARACTERS, indexKey, userKeys } from './index-key.ts';

describe('index keys', () => {
  it('are canonical and cut by character, never within one', () => {
    expect(indexKey('ADA Σ')).toBe('ada σ');
    expect([...indexKey('😀'.repeat(300))]).toHaveLength(INDEXED_CHARACTERS);
    expect(indexKey('😀'.repeat(300)).isWellFormed()).toBe(true);
  });

  it('of a user are those of displayName and of every email address', () => {
    const emails: Json[] = [{ value: 'A@Example.com', type: 'work' }, { type: 'home' }];
    expect(userKeys({ schemas: [], displayName: 'Ada', emails })).toEqual({
      displayNameKey: 'ada',
      emailKeys: ['a@example.com'],
    });
    expect(userKeys({ schemas: [] })).toEqual({ displayNameKey: null, emailKeys: [] });
  });
});

describe('the end of a prefix', () => {
  it.each([
    ['a', 'b'],
    ['a\u{10ffff}', 'b'],
    ['\ud7ff', '\ue000'],
    ['\uffff', '\u{10000}'],
  ])('%j is %j', (prefix, end) => {
    expect(endOfPrefix(prefix)).toBe(end);
    expect(compareText(`${prefix}\u{10ffff}`, end)).toBeLessThan(0);
  });

  it('is none where everything may start so', () => {
    expect(endOfPrefix('')).toBeUndefined();
    expect(endOfPrefix('\u{10ffff}')).toBeUndefined();
  });
});
