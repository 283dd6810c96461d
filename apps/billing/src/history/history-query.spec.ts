import { describe, expect, it } from '@jest/globals';
import { InvalidShape } from '#runtime/valid';
import { instant } from './history-query.ts';

describe('an instant in a query', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00.123456z', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31T23:30:00-05:30', '2026-02-01T05:00:00.000Z'],
    ['2028-02-29T00:00:00+01:00', '2028-02-28T23:00:00.000Z'],
  ])('%s is %s', (at, utc) => expect(instant({ at }, 'at')?.toISOString()).toBe(utc));

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00+02:00',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-01-31T12:00:00',
    '2026-01-31T12:00:00+01',
    '2026-01-31',
    '20260131T120000Z',
    '2026-W05',
    '',
    ['2026-01-31T12:00:00Z'],
  ])('%p is refused with what to send, and is no other instant', (at) => {
    expect(() => instant({ at }, 'at')).toThrow(InvalidShape);
    expect(() => instant({ at }, 'at')).toThrow(
      'at: at must be an instant such as 2026-01-31T12:00:00Z: a day that exists, a time and an offset',
    );
  });

  it('may be left out', () => expect(instant({}, 'at')).toBeUndefined());
});
