import { describe, expect, it } from '@jest/globals';
import { LruCache } from './lru-cache.ts';

describe('LruCache', () => {
  it('lets go of what was not asked for the longest', () => {
    const cache = new LruCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([1, undefined, 3]);
  });

  it('does not grow when a key is set again', () => {
    const cache = new LruCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('a', 3);
    expect(['a', 'b'].map((key) => cache.get(key))).toEqual([3, 2]);
  });

  it('deletes by value', () => {
    const cache = new LruCache<number>(3);
    for (const value of [1, 2, 3]) cache.set(String(value), value);
    cache.deleteWhere((value) => value !== 2);
    expect(['1', '2', '3'].map((key) => cache.get(key))).toEqual([undefined, 2, undefined]);
  });
});
