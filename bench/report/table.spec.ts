import { describe, expect, it } from '@jest/globals';
import { figure, table } from './table.ts';

describe('table', () => {
  it('is as wide as its widest cells and has no spaces at the end of a line', () => {
    const rows = [
      ['create a user', '1,234', '0.5'],
      ['get', '5'],
    ];
    expect(table(['case', 'req/s', 'ratio'], rows).split('\n')).toEqual([
      'case           req/s  ratio',
      '-------------  -----  -----',
      'create a user  1,234    0.5',
      'get                5',
    ]);
  });
});

describe('figure', () => {
  it.each([
    [12_345.6, '12,346'],
    [99.94, '99.9'],
    [1.234, '1.23'],
    [0.01234, '0.0123'],
    [0, '0'],
    [Number.NaN, '-'],
    [undefined, '-'],
  ])('of %d is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
