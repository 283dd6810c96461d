import { describe, expect, it } from '@jest/globals';
import { isId, newId } from './ids.ts';

describe('new ids', () => {
  it('are distinct and sort in the order in which they were made', () => {
    const ids = Array.from({ length: 20_000 }, newId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.every(isId)).toBe(true);
  });
});
