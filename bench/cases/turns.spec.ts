import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.ts';

describe('Turns', () => {
  it('switches each thing in turn, starting from the state it is in', () => {
    const turns = new Turns(['a', 'b'], (thing) => thing === 'a');
    const seen = Array.from({ length: 4 }, () => {
      const { thing, on, done } = turns.next();
      done();
      return `${thing} ${on}`;
    });
    expect(seen).toEqual(['a false', 'b true', 'a true', 'b false']);
  });

  it('does not hand out a thing that is not done', () => {
    const turns = new Turns(['a', 'b'], () => true);
    turns.next();
    const second = turns.next();
    expect(() => turns.next()).toThrow(/more requests at once/);
    second.done();
    expect(turns.next()).toMatchObject({ thing: 'b', on: true });
  });
});
