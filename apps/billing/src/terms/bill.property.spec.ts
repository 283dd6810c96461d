import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { billOf } from '../../test/bill-of.ts';
import { type Billed, naiveBill } from '../../test/naive-bill.ts';
import { termFrom } from './calendar.ts';
import { sum } from './money.ts';
import type { Plan, SeatClass } from './plan.ts';
import type { SeatFact } from './stays.ts';

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

/** Facts at whole hours, some of them at the same one. */
const cases = fc
  .record({
    which: fc.constantFrom(...TERMS),
    stub: fc.integer({ min: 0, max: 12 }),
    core: fc.integer({ min: 0, max: 5_000 }),
    light: fc.integer({ min: 0, max: 5_000 }),
    policy: fc.constantFrom('available_seats', 'prorate_and_credit', 'peak'),
    grace: fc.oneof(fc.constant('same_day' as const), fc.record({ hours: fc.integer({ min: 0, max: 30 }) })),
    changes: fc.array(
      fc.record({
        hour: fc.oneof(fc.integer({ min: -BEFORE_HOURS, max: 800 }), fc.integer({ min: 0, max: 50 })),
        person: fc.integer({ min: 1, max: 4 }),
        kind: fc.constantFrom('occupied', 'occupied', 'released', 'released', 'class_changed'),
        seatClass: fc.constantFrom(...CLASSES),
        byPlan: fc.constantFrom(false, false, false, true),
      }),
      { maxLength: 40 },
    ),
  })
  .map(({ which: [start, timeZone], stub, core, light, policy, grace, changes }): Billed => {
    const plan = { currency: 'EUR', prices: { core, light }, every: 'month', anchorDay: 1, timeZone, policy, grace };
    const whole = termFrom(new Date(start), plan as Plan);
    const term = termFrom(new Date(whole.dayStarts[stub] ?? 0), plan as Plan);
    const facts = changes
      .toSorted((one, other) => one.hour - other.hour)
      .map(({ hour, person, kind, seatClass, byPlan }, index) => {
        return {
          sequence: index + 1,
          userId: `p${person}`,
          kind,
          seatClass,
          byPlan,
          at: term.start.getTime() + hour * HOUR_MS,
        };
      }) as SeatFact[];
    return { plan: plan as Plan, term, facts };
  });

describe('a policy', () => {
  it('bills what the naive model bills, to the cent', () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { plan, term, facts } = each;
        const bill = billOf({ plan, term, facts });
        const lines = [...bill.lines()];
        const { purchased, available, inUse, peak } = bill.seats();
        const { total, peakAt, inUse: inUseAtEnd } = naiveBill(each);
        expect(
          sum(
            lines.map(({ amount }) => amount),
            'EUR',
          ),
        ).toBe(total);
        if (peakAt !== undefined) expect(peak.at.getTime()).toBe(peakAt);
        for (const seatClass of CLASSES) {
          expect(inUse[seatClass]).toBe(inUseAtEnd[seatClass]);
          if (plan.policy !== 'peak') expect(available[seatClass]).toBe(purchased[seatClass] - inUse[seatClass]);
        }
        if (plan.policy === 'peak') expect(lines).toHaveLength(peak.seats.core + peak.seats.light);
      }),
      { numRuns: RUNS },
    );
  });

  it.each(['available_seats', 'peak'] as const)(
    '%s bills people who change places at one moment alike, whichever of them has the first line',
    (policy) => {
      const plan = {
        currency: 'EUR',
        prices: { core: 1000, light: 250 },
        every: 'month',
        anchorDay: 1,
        timeZone: 'UTC',
      };
      const term = termFrom(new Date('2026-02-01T00:00:00Z'), { ...plan, policy, grace: 'same_day' } as Plan);
      const [before, at] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-02-10T12:00:00Z')];
      const billed = (first: SeatClass) => {
        const other = first === 'core' ? 'light' : 'core';
        const facts: SeatFact[] = [
          { sequence: 1, userId: 'ada', kind: 'occupied', seatClass: first, at: before },
          { sequence: 2, userId: 'bob', kind: 'occupied', seatClass: other, at: before },
          { sequence: 3, userId: 'ada', kind: 'class_changed', seatClass: other, at },
          { sequence: 4, userId: 'bob', kind: 'class_changed', seatClass: first, at },
        ];
        const lines = [...billOf({ plan: { ...plan, policy, grace: 'same_day' } as Plan, term, facts }).lines()];
        return sum(
          lines.map(({ amount }) => amount),
          'EUR',
        );
      };
      expect([billed('core'), billed('light')]).toEqual([1250n, 1250n]);
    },
  );
});
