import { describe, expect, it } from '@jest/globals';
import { cpuBetween, parseStat } from './cpu.ts';

describe('parseStat', () => {
  it('reads parent and times behind a name of any form', () => {
    const text = '42 (postgres: a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 1 0 99 1 2 3';
    expect(parseStat(text)).toEqual({ parent: 7, own: 2, ofEnded: 0.5 });
  });
});

describe('cpuBetween', () => {
  it('subtracts by name and leaves out what could not be read', () => {
    expect(cpuBetween({ a: 1, b: undefined }, { a: 1.5, b: 2, c: 3 })).toEqual({ a: 0.5 });
  });
});
