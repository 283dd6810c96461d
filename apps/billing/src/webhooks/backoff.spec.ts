import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, waitAfter } from './backoff.ts';

describe('the wait before an event is tried again', () => {
  it('doubles from five seconds to an hour', () => {
    expect([1, 2, 3, 4].map((attempts) => waitAfter(attempts, 1))).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(waitAfter(1_000, 1)).toBe(3_600_000);
    expect(waitAfter(1, 0)).toBe(4_500);
  });

  it('makes some eighty attempts in the three days', () => {
    let passed = 0;
    let attempts = 0;
    while (passed < PATIENCE_MS) passed += waitAfter(++attempts, 1);
    expect(attempts).toBeGreaterThan(70);
    expect(attempts).toBeLessThan(90);
  });
});
