import { describe, expect, it } from '@jest/globals';
import { FAULTS } from './faults.ts';
import { plan } from './plan.ts';

const names = (seed: number, minutes: number) =>
  plan({ seed, minutes, only: [] }).map(({ fault, seed: chance }) => `${fault.name} ${chance}`);

describe('the plan of a run', () => {
  it('is the same for a seed, and another for another', () => {
    expect(names(1, 5)).toEqual(names(1, 5));
    expect(names(1, 5)).not.toEqual(names(2, 5));
  });

  it('has every fault once before any comes again', () => {
    const rounds = plan({ seed: 3, minutes: 60, only: [] });
    const first = rounds.slice(0, FAULTS.length).map(({ fault }) => fault.name);
    expect(new Set(first).size).toBe(FAULTS.length);
    expect(rounds.length).toBeGreaterThan(FAULTS.length);
  });

  it('has only what was asked for', () => {
    const asked = plan({ seed: 1, minutes: 1, only: ['of Postgres'] }).map(({ fault }) => fault.name);
    expect(asked.toSorted()).toEqual(['kill -9 of Postgres', 'the disk of Postgres is full']);
    expect(plan({ seed: 1, minutes: 1, only: ['nothing of the kind'] })).toEqual([]);
  });
});
