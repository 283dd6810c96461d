import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bundle, fill, unbundle } from './bundle.ts';

const part = fc.record({
  head: fc.record({ id: fc.string(), status: fc.nat() }),
  content: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
});
const ofLengths = (...lengths: number[]) => lengths.map((length) => ({ head: {}, content: Buffer.alloc(length) }));

describe('a bundle', () => {
  it('gives back what was put in, in order', () => {
    fc.assert(fc.property(fc.array(part), (parts) => expect(unbundle(bundle(parts))).toEqual(parts)));
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"a":1}')],
    ['heads without their contents', bundle(ofLengths(5)).subarray(0, -1)],
    ['more contents than heads', Buffer.concat([bundle(ofLengths(5)), Buffer.from('x')])],
  ])('is not %s', (_, body) => {
    expect(() => unbundle(body)).toThrow();
  });
});

describe('filling messages', () => {
  const lengths = (parts: { content: Buffer }[][]) => parts.map((chunk) => chunk.map(({ content }) => content.length));

  it.each([
    ['as many as fit', [1, 2, 3], [[1, 2, 3]]],
    ['no more than their number allows', [1, 1, 1, 1], [[1, 1, 1], [1]]],
    ['no more than their bytes allow', [6, 5, 4], [[6], [5, 4]]],
    ['one that is too large alone', [1, 50, 1], [[1], [50], [1]]],
    ['nothing', [], []],
  ])('takes %s', (_, given, expected) => {
    expect(lengths([...fill(ofLengths(...given), { parts: 3, bytes: 10 })])).toEqual(expected);
  });
});
