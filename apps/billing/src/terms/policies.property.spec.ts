import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayOf, type Term, termFrom } from './calendar.ts';
import { prorated, sum } from './money.ts';
import type { Plan, SeatClass } from './plan.ts';
import { bill } from './policies.ts';
import { occupancyIn, type SeatFact, staysOf } from './stays.ts';

const HOUR_MS = 3_600_000;
const RUNS = 1_000;
const BEFORE_HOURS = 240;
const CLASSES: readonly SeatClass[] = ['core', 'light'];
/** Terms in which a clock changes, and one in which none does. */
const TERMS = [
  ['2026-02-28T23:00:00Z', 'Europe/Berlin'],
  ['2026-09-30T22:00:00Z', 'Europe/Berlin'],
  ['2028-02-01T00:00:00Z', 'UTC'],
] as const;

interface Case {
  plan: Plan;
  term: Term;
  facts: SeatFact[];
}

/** One fact an hour at most, so that the model needs no order within an hour. */
const cases = fc
  .record({
    which: fc.constantFrom(...TERMS),
    stub: fc.integer({ min: 0, max: 12 }),
    core: fc.integer({ min: 0, max: 5_000 }),
    light: fc.integer({ min: 0, max: 5_000 }),
    policy: fc.constantFrom('available_seats', 'prorate_and_credit', 'peak'),
    grace: fc.oneof(fc.constant('same_day' as const), fc.record({ hours: fc.integer({ min: 0, max: 30 }) })),
    changes: fc.uniqueArray(
      fc.record({
        hour: fc.oneof(fc.integer({ min: -BEFORE_HOURS, max: 800 }), fc.integer({ min: 0, max: 50 })),
        person: fc.integer({ min: 1, max: 4 }),
        kind: fc.constantFrom('occupied', 'occupied', 'released', 'released', 'class_changed'),
        seatClass: fc.constantFrom(...CLASSES),
      }),
      { selector: ({ hour }) => hour, maxLength: 40 },
    ),
  })
  .map(({ which: [start, timeZone], stub, core, light, policy, grace, changes }): Case => {
    const plan = { currency: 'EUR', prices: { core, light }, every: 'month', anchorDay: 1, timeZone, policy, grace };
    const whole = termFrom(new Date(start), plan as Plan);
    const term = termFrom(new Date(whole.dayStarts[stub] ?? 0), plan as Plan);
    const facts = changes
      .toSorted((one, other) => one.hour - other.hour)
      .map(({ hour, person, kind, seatClass }, index) => {
        return {
          sequence: index + 1,
          userId: `p${person}`,
          kind,
          seatClass,
          at: term.start.getTime() + hour * HOUR_MS,
        };
      }) as SeatFact[];
    return { plan: plan as Plan, term, facts };
  });

type State = SeatClass | null;

/** Who is in which class in each hour: before the term from index 0, in it from BEFORE_HOURS. Written hour by hour. */
function timelines({ plan, term, facts }: Case): State[][] {
  const length = BEFORE_HOURS + 801;
  const hourAt = (index: number) => term.start.getTime() + (index - BEFORE_HOURS) * HOUR_MS;
  const localDay = new Intl.DateTimeFormat('en-CA', { timeZone: plan.timeZone });
  return ['p1', 'p2', 'p3', 'p4'].map((userId) => {
    const states: State[] = [];
    let state: State = null;
    for (let index = 0; index < length; index++) {
      const fact = facts.find((each) => each.userId === userId && each.at === hourAt(index));
      if (fact?.kind === 'released') state = null;
      else if (fact?.kind === 'occupied' || (fact && state !== null)) state = fact.seatClass;
      states.push(state);
    }
    for (let index = 1; index < length; index++) {
      if (states[index] !== null || states[index - 1] === null) continue;
      let back = index;
      while (back < length && states[back] === null) back++;
      if (back === length) continue;
      const bridged =
        plan.grace === 'same_day'
          ? localDay.format(hourAt(index)) === localDay.format(hourAt(back))
          : back - index <= plan.grace.hours;
      if (bridged) states.fill(states[index - 1] ?? null, index, back);
    }
    return states;
  });
}

interface Expected {
  total: bigint;
  peakAt?: number;
}

function model(each: Case): Expected {
  const { plan, term } = each;
  const people = timelines(each);
  const hours = (term.end.getTime() - term.start.getTime()) / HOUR_MS;
  const dayAt = (hour: number) => dayOf(term, term.start.getTime() + hour * HOUR_MS);
  const length = term.days.length;
  const costs = (seatClass: SeatClass, days: number) => prorated(BigInt(plan.prices[seatClass]), days, term.fullDays);
  const count = (hour: number, seatClass: SeatClass) =>
    people.filter((states) => states[BEFORE_HOURS + hour] === seatClass).length;
  let total = 0n;

  if (plan.policy === 'available_seats') {
    for (const seatClass of CLASSES) {
      let purchased = 0;
      for (let hour = 0; hour < hours; hour++) {
        while (purchased < count(hour, seatClass)) {
          purchased++;
          total += costs(seatClass, length - dayAt(hour));
        }
      }
    }
    return { total };
  }

  if (plan.policy === 'prorate_and_credit') {
    for (const states of people) {
      const days: State[] = Array.from({ length }, () => null);
      for (let hour = 0; hour < hours; hour++) days[dayAt(hour)] ??= states[BEFORE_HOURS + hour] ?? null;
      let before: State = null;
      for (const [day, seatClass] of days.entries()) {
        if (seatClass !== before && before) total -= costs(before, length - day);
        if (seatClass !== before && seatClass) total += costs(seatClass, length - day);
        before = seatClass;
      }
    }
    return { total };
  }

  let best = { value: -1, seats: -1, hour: 0 };
  for (let hour = 0; hour < hours; hour++) {
    const [core, light] = [count(hour, 'core'), count(hour, 'light')];
    const value = core * plan.prices.core + light * plan.prices.light;
    if (value > best.value || (value === best.value && core + light > best.seats)) {
      best = { value, seats: core + light, hour };
      total = BigInt(core) * costs('core', length) + BigInt(light) * costs('light', length);
    }
  }
  return { total, peakAt: term.start.getTime() + best.hour * HOUR_MS };
}

describe('a policy', () => {
  it('bills what the naive model bills, to the cent', () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { plan, term, facts } = each;
        const { lines, purchased, available, inUse, peak } = bill(plan, term, occupancyIn(term, staysOf(facts, plan)));
        const { total, peakAt } = model(each);
        expect(
          sum(
            lines.map(({ amount }) => amount),
            'EUR',
          ),
        ).toBe(total);
        if (peakAt !== undefined) expect(peak.at.getTime()).toBe(peakAt);
        for (const seatClass of CLASSES) {
          const last = (term.end.getTime() - term.start.getTime()) / HOUR_MS - 1;
          const expected = timelines(each).filter((states) => states[BEFORE_HOURS + last] === seatClass).length;
          expect(inUse[seatClass]).toBe(expected);
          if (plan.policy !== 'peak') expect(available[seatClass]).toBe(purchased[seatClass] - inUse[seatClass]);
        }
        if (plan.policy === 'peak') expect(lines).toHaveLength(peak.seats.core + peak.seats.light);
      }),
      { numRuns: RUNS },
    );
  });
});
