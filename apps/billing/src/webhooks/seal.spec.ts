import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Seal, Unsealable } from './seal.ts';

const SECRET = randomBytes(32);
const [OLD, NEW] = [randomBytes(32), randomBytes(32)];

describe('a sealed secret', () => {
  it('is opened by the key that sealed it, also when it is not the first any more', () => {
    const kept = new Seal([OLD]).seal(SECRET, 'endpoint');
    expect(kept.includes(SECRET)).toBe(false);
    expect(new Seal([NEW, OLD]).open(kept, 'endpoint')).toEqual(SECRET);
    expect(new Seal([NEW, OLD]).isCurrent(kept)).toBe(false);
    expect(new Seal([OLD, NEW]).isCurrent(kept)).toBe(true);
  });

  it('is opened by no other key, for no other endpoint, and not when it was changed', () => {
    const seal = new Seal([OLD]);
    const kept = seal.seal(SECRET, 'endpoint');
    expect(() => new Seal([NEW]).open(kept, 'endpoint')).toThrow(Unsealable);
    expect(() => new Seal([]).open(kept, 'endpoint')).toThrow(Unsealable);
    expect(() => seal.open(kept, 'another')).toThrow(Unsealable);
    const changed = Buffer.from(kept);
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
    expect(() => seal.open(changed, 'endpoint')).toThrow(Unsealable);
  });

  it('looks different each time', () => {
    const seal = new Seal([OLD]);
    expect(seal.seal(SECRET, 'endpoint')).not.toEqual(seal.seal(SECRET, 'endpoint'));
  });

  it('is as it is where there are no keys, and is opened all the same once there are', () => {
    const kept = new Seal([]).seal(SECRET, 'endpoint');
    expect(kept).toEqual(SECRET);
    expect(new Seal([NEW]).open(kept, 'endpoint')).toEqual(SECRET);
    expect([new Seal([]).isCurrent(kept), new Seal([NEW]).isCurrent(kept)]).toEqual([true, false]);
  });
});
