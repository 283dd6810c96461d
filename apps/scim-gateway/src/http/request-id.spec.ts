import { describe, expect, it } from '@jest/globals';
import { isId } from '#runtime/ids';
import { requestIdOf } from './request-id.ts';

describe('requestIdOf', () => {
  it.each(['a', 'Abc-123_x.y:z', 'x'.repeat(100)])("keeps the client's id %s", (id) => {
    expect(requestIdOf(id)).toBe(id);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['too long', 'x'.repeat(101)],
    ['of two words', 'a b'],
    ['sent twice', ['a', 'b']],
    ['with a line break', 'a\r\nset-cookie: b'],
    ['with a quote', 'a"'],
    ['not ASCII', 'é'],
  ])('makes a UUID where it is %s', (_, header) => {
    expect(isId(requestIdOf(header))).toBe(true);
  });
});
