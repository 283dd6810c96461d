import { describe, expect, it } from '@jest/globals';
import { counted, plain, table } from './text.ts';

describe('a table', () => {
  const columns = [
    ['NAME', ({ name }: { name: string; members: number }) => name],
    ['MEMBERS', ({ members }: { name: string; members: number }) => members],
  ] as const;

  it('stands in columns without trailing blanks', () => {
    const rows = [
      { name: 'Müller 🎓', members: 12 },
      { name: 'X', members: 0 },
    ];
    expect(table(rows, columns, 'none')).toBe('NAME      MEMBERS\nMüller 🎓  12\nX         0');
  });

  it('says so when it is empty', () => {
    expect(table([], columns, 'No groups.')).toBe('No groups.');
  });
});

describe('text from outside', () => {
  it('cannot steer the terminal or break the line', () => {
    expect(plain('a\u001b[31m\u202eb\u009bc\nd\te')).toBe('a\uFFFD[31m\uFFFDb\uFFFDc d e');
    expect(plain(null)).toBe('');
  });
});

it('counts', () => {
  expect([0, 1, 2].map((number) => counted(number, 'seat'))).toEqual(['0 seats', '1 seat', '2 seats']);
});
