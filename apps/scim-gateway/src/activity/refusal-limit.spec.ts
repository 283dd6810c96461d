import { describe, expect, it } from '@jest/globals';
import { RefusalLimit } from './refusal-limit.ts';

describe('refused credentials', () => {
  it('are recorded so many a minute, of each connection for itself', () => {
    let at = 0;
    const limit = new RefusalLimit({ now: () => new Date(at) }, 3);
    const taken = (connection: string, count: number) =>
      Array.from({ length: count }, () => limit.takes(connection)).filter(Boolean).length;
    expect([taken('a', 10), taken('b', 2)]).toEqual([3, 2]);
    at = 59_999;
    expect(taken('a', 10)).toBe(0);
    at = 60_000;
    expect(taken('a', 10)).toBe(3);
  });
});
