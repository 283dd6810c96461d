import { describe, expect, it } from '@jest/globals';
import { mismatch } from './pattern.ts';

describe('a pattern', () => {
  it.each<[unknown, unknown]>([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: '<absent>' }, {}],
    [{ a: '<integer>' }, { a: 3 }],
    [{ a: '<like ^W/>' }, { a: 'W/"1"' }],
    [{ a: '<not x>' }, { a: 'y' }],
    [{ '<has>': [{ v: 2 }] }, [{ v: 1 }, { v: 2 }]],
    [{ '<same>': [2, 1] }, [1, 2]],
    [{ '<count>': 2 }, [1, 2]],
    [{ '<only>': { a: 1 } }, { a: 1 }],
    [[], []],
  ])('%j holds for %j', (pattern, value) => expect(mismatch(pattern, value)).toBeUndefined());

  it.each<[unknown, unknown]>([
    [{ a: 1 }, { a: '1' }],
    [{ a: 1 }, undefined],
    [{ a: '<absent>' }, { a: null }],
    [{ a: '<integer>' }, { a: '3' }],
    [{ a: '<not x>' }, { a: 'x' }],
    [{ '<has>': [3] }, [1, 2]],
    [{ '<same>': [1] }, [1, 2]],
    [{ '<count>': 1 }, undefined],
    [{ '<only>': { a: 1 } }, { a: 1, b: 2 }],
    [[1], [1, 2]],
    [{ a: 1 }, [{ a: 1 }]],
  ])('%j does not hold for %j', (pattern, value) => expect(mismatch(pattern, value)).toMatch(/expected .* got/));

  it('says where', () => expect(mismatch({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toMatch(/^body\.a\[0\]\.b: /));
});
