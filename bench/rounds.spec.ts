import { describe, expect, it } from '@jest/globals';
import { medianRound, type Round, ratiosOf } from './rounds.ts';

const round = (requestsPerSecond: number, more: Partial<Round> = {}): Round => ({
  requests: requestsPerSecond,
  requestsPerSecond,
  errors: 0,
  p50: 1,
  p99: 2,
  cpu: {},
  ...more,
});

describe('medianRound', () => {
  it('takes the median of each figure by itself', () => {
    const rounds = [
      round(100, { p99: 9, cpu: { gateway: 0.3 }, lag: { lines: 5, p50: 20, p99: 30 }, caughtUpMs: 4 }),
      round(300, { p99: 5, cpu: { gateway: 0.1 }, lag: { lines: 7, p50: 10, p99: 90 }, caughtUpMs: 6 }),
      round(200, { p99: 7, cpu: { gateway: 0.2 }, lag: { lines: 6, p50: 30, p99: 60 }, caughtUpMs: 5 }),
    ];
    expect(medianRound(rounds)).toEqual(
      round(200, { p99: 7, cpu: { gateway: 0.2 }, lag: { lines: 6, p50: 20, p99: 60 }, caughtUpMs: 5 }),
    );
  });

  it('has no lag where no round has one', () => {
    expect(medianRound([round(1)])).toEqual(round(1));
  });

  it('adds errors up', () => {
    expect(medianRound([round(1, { errors: 2 }), round(1), round(1)]).errors).toBe(2);
  });
});

describe('ratiosOf', () => {
  it('compares rounds that ran one after the other', () => {
    expect(ratiosOf([round(50), round(30)], [round(100), round(120)])).toEqual([0.5, 0.25]);
  });
});
