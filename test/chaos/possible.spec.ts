import { describe, expect, it } from '@jest/globals';
import { Possible, type State } from './possible.ts';

const states = (possible: Possible) =>
  (['absent', 'active', 'inactive'] as State[]).filter((each) => possible.has(each));

describe('what may be true of a person', () => {
  it('is what was acknowledged last', () => {
    const possible = new Possible();
    expect(states(possible)).toEqual(['absent']);
    possible.succeeded('create');
    expect(states(possible)).toEqual(['active']);
    possible.succeeded('deactivate');
    expect(states(possible)).toEqual(['inactive']);
    possible.succeeded('delete');
    expect(states(possible)).toEqual(['absent']);
  });

  it('is both when an act was not answered, also after a later one was', () => {
    const possible = new Possible();
    possible.unanswered('create');
    expect(states(possible)).toEqual(['absent', 'active']);
    possible.succeeded('create');
    possible.unanswered('deactivate');
    possible.succeeded('activate');
    expect(states(possible)).toEqual(['active', 'inactive']);
  });

  it('is certain again once nothing is on its way and an act was acknowledged', () => {
    const possible = new Possible();
    possible.unanswered('create');
    possible.settle();
    expect(possible.seen(true)).toBe(true);
    possible.succeeded('deactivate');
    expect(states(possible)).toEqual(['inactive']);
  });

  it('cannot be the opposite of what was acknowledged', () => {
    const possible = new Possible();
    possible.succeeded('create');
    expect(possible.seen(false)).toBe(false);
  });
});
