import { describe, expect, it } from '@jest/globals';
import type { Plan } from './plan.ts';
import { type SeatFact, type Stay, staysOf } from './stays.ts';

const PLAN: Pick<Plan, 'grace' | 'timeZone'> = { grace: { hours: 2 }, timeZone: 'UTC' };
const STRICT: typeof PLAN = { ...PLAN, grace: { hours: 0 } };
const KIND = { joins: 'occupied', leaves: 'released', becomes: 'class_changed' } as const;

/** What the ledger says of one person, such as `joins core 02-03 19:00`, line by line, and when they were in a seat by it. */
function stays(facts: string[], plan = PLAN): string[] {
  return staysOf(
    facts.map((fact, index): SeatFact => {
      const [what = '', seatClass, day, time, byPlan] = fact.split(' ');
      const at = Date.parse(`2026-${day}T${time}:00Z`);
      const kind = KIND[what as keyof typeof KIND];
      return { sequence: index + 1, userId: 'ada', kind, seatClass, at, byPlan: byPlan !== undefined } as SeatFact;
    }),
    plan,
  ).map(shown);
}

function shown({ seatClass, from, fromLine, to, toLine }: Stay): string {
  const time = (at: number) => new Date(at).toISOString().slice(5, 16).replace('T', ' ');
  return `${seatClass} ${time(from)} (${fromLine}) to ${toLine ? `${time(to)} (${toLine})` : 'now'}`;
}

describe('when a person was in a seat', () => {
  it('follows from joining and leaving', () => {
    expect(stays(['joins core 02-03 09:00', 'leaves core 02-04 09:00', 'joins light 02-05 09:00'])).toEqual([
      'core 02-03 09:00 (1) to 02-04 09:00 (2)',
      'light 02-05 09:00 (3) to now',
    ]);
  });

  it('is one stay where they come back within the grace', () => {
    expect(stays(['joins core 02-03 09:00', 'leaves core 02-04 09:00', 'joins core 02-04 11:00'])).toEqual([
      'core 02-03 09:00 (1) to now',
    ]);
  });

  it('is in the class that follows within the grace, from the beginning', () => {
    expect(stays(['joins core 02-03 09:00', 'becomes light 02-03 09:05'])).toEqual(['light 02-03 09:00 (2) to now']);
    expect(stays(['joins core 02-03 09:00', 'becomes light 02-03 09:05', 'becomes core 02-03 10:00'])).toEqual([
      'core 02-03 09:00 (3) to now',
    ]);
    expect(stays(['joins core 02-03 09:00', 'becomes light 02-03 12:00'])).toEqual([
      'core 02-03 09:00 (1) to 02-03 12:00 (2)',
      'light 02-03 12:00 (2) to now',
    ]);
  });

  it('never was in a class that is left again within the grace', () => {
    const changes = ['joins core 02-03 09:00', 'becomes light 02-10 09:00', 'becomes core 02-10 10:00'];
    expect(stays(changes)).toEqual(['core 02-03 09:00 (1) to now']);
    expect(stays([...changes, 'leaves core 02-11 09:00'])).toEqual(['core 02-03 09:00 (1) to 02-11 09:00 (4)']);
  });

  it('is in the class of before until they come back, within the grace, in another', () => {
    expect(stays(['joins core 02-03 09:00', 'leaves core 02-10 09:00', 'joins light 02-10 10:00'])).toEqual([
      'core 02-03 09:00 (1) to 02-10 10:00 (3)',
      'light 02-10 10:00 (3) to now',
    ]);
  });

  it('is in each class for as long as they were without a grace, and in none for no time', () => {
    expect(stays(['joins core 02-03 09:00', 'becomes light 02-03 09:05'], STRICT)).toEqual([
      'core 02-03 09:00 (1) to 02-03 09:05 (2)',
      'light 02-03 09:05 (2) to now',
    ]);
    expect(stays(['joins core 02-03 09:00', 'becomes light 02-03 09:00'], STRICT)).toEqual([
      'light 02-03 09:00 (2) to now',
    ]);
  });

  it('takes a fact that claims an earlier time than the one before it to be of the time of that one', () => {
    expect(stays(['joins core 02-03 09:00', 'leaves core 02-05 09:00', 'joins light 02-04 09:00'], STRICT)).toEqual([
      'core 02-03 09:00 (1) to 02-05 09:00 (3)',
      'light 02-05 09:00 (3) to now',
    ]);
  });

  it('is moved by no plan that begins after what is learned of later', () => {
    expect(stays(['joins core 01-03 09:00', 'becomes light 02-01 00:00 by-plan', 'leaves light 01-10 09:00'])).toEqual([
      'core 01-03 09:00 (1) to 01-10 09:00 (3)',
    ]);
    expect(stays(['joins core 01-03 09:00', 'leaves core 02-01 00:00 by-plan', 'joins core 01-20 09:00'])).toEqual([
      'core 01-03 09:00 (1) to now',
    ]);
    expect(stays(['joins core 01-03 09:00', 'becomes light 02-01 00:00 by-plan', 'leaves light 02-10 09:00'])).toEqual([
      'core 01-03 09:00 (1) to 02-01 00:00 (2)',
      'light 02-01 00:00 (2) to 02-10 09:00 (3)',
    ]);
  });

  it('takes what happens at one moment for what it leads to', () => {
    expect(stays(['joins core 02-03 09:00', 'leaves core 02-03 09:00', 'joins core 02-03 19:00'])).toEqual([
      'core 02-03 19:00 (3) to now',
    ]);
    expect(stays(['joins core 02-03 09:00', 'leaves core 02-05 09:00', 'joins core 02-05 09:00'], STRICT)).toEqual([
      'core 02-03 09:00 (1) to now',
    ]);
    expect(stays(['joins core 02-03 09:00', 'becomes light 02-05 09:00', 'leaves light 02-05 09:00'], STRICT)).toEqual([
      'core 02-03 09:00 (1) to 02-05 09:00 (3)',
    ]);
  });

  it('does so also for who came back within the grace', () => {
    expect(
      stays(['joins core 01-01 01:00', 'leaves core 02-03 19:00', 'joins core 01-14 03:00', 'leaves core 01-14 06:00']),
    ).toEqual(['core 01-01 01:00 (1) to 02-03 19:00 (4)']);
  });
});
