import { dayOf, type Term } from '../src/terms/calendar.ts';
import { prorated } from '../src/terms/money.ts';
import type { PerClass, Plan, SeatClass } from '../src/terms/plan.ts';
import type { SeatFact } from '../src/terms/stays.ts';

const HOUR_MS = 3_600_000;
const CLASSES: readonly SeatClass[] = ['core', 'light'];
/** Hours after the term in which somebody may come back within a grace. */
const AFTER_HOURS = 60;

/** What is billed: facts at whole hours from the term's start, of one hour all from one change. */
export interface Billed {
  plan: Plan;
  term: Term;
  facts: SeatFact[];
}

type State = SeatClass | null;

/** A term's bill by going through it hour by hour and counting who is there. */
export function naiveBill({ plan, term, facts }: Billed): { total: bigint; peakAt?: number; inUse: PerClass } {
  const start = term.start.getTime();
  const first = Math.min(start, ...facts.map(({ at }) => at));
  const before = (start - first) / HOUR_MS;
  const people = timelines({ plan, term, facts }, first);
  const hours = (term.end.getTime() - start) / HOUR_MS;
  const dayAt = (hour: number) => dayOf(term, start + hour * HOUR_MS);
  const length = term.days.length;
  const costs = (seatClass: SeatClass, days: number) => prorated(BigInt(plan.prices[seatClass]), days, term.fullDays);
  const count = (hour: number, seatClass: SeatClass) =>
    people.filter((states) => states[before + hour] === seatClass).length;
  const inUse = { core: count(hours - 1, 'core'), light: count(hours - 1, 'light') };
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
    return { total, inUse };
  }

  if (plan.policy === 'prorate_and_credit') {
    for (const states of people) {
      const days: State[] = Array.from({ length }, () => null);
      for (let hour = 0; hour < hours; hour++) days[dayAt(hour)] ??= states[before + hour] ?? null;
      let was: State = null;
      for (const [day, seatClass] of days.entries()) {
        if (seatClass !== was && was) total -= costs(was, length - day);
        if (seatClass !== was && seatClass) total += costs(seatClass, length - day);
        was = seatClass;
      }
    }
    return { total, inUse };
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
  return { total, peakAt: start + best.hour * HOUR_MS, inUse };
}

/** Who is in which class in each hour from `first` on, with the grace applied: to gaps, then to classes. */
function timelines({ plan, term, facts }: Billed, first: number): State[][] {
  const length = (term.end.getTime() - first) / HOUR_MS + AFTER_HOURS;
  const hourAt = (index: number) => first + index * HOUR_MS;
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: plan.timeZone });
  const isWithinGrace = (from: number, to: number) =>
    plan.grace === 'same_day'
      ? format.format(hourAt(from)) === format.format(hourAt(to))
      : to - from <= plan.grace.hours;
  return [...new Set(facts.map(({ userId }) => userId))].map((userId) => {
    const own = Map.groupBy(
      facts.filter((each) => each.userId === userId),
      ({ at }) => at,
    );
    const states: State[] = [];
    const byPlan = new Set<number>();
    let state: State = null;
    for (let index = 0; index < length; index++) {
      for (const { kind, seatClass, byPlan: isByPlan } of own.get(hourAt(index)) ?? []) {
        if (kind !== 'occupied' && state === null) continue;
        state = kind === 'released' ? null : seatClass;
        if (isByPlan) byPlan.add(index);
        else byPlan.delete(index);
      }
      states.push(state);
    }
    for (let index = 1; index < length; index++) {
      if (states[index] !== null || states[index - 1] === null) continue;
      let back = index;
      while (back < length && states[back] === null) back++;
      if (back === length || byPlan.has(index) || byPlan.has(back)) continue;
      if (isWithinGrace(index, back)) states.fill(states[index - 1] ?? null, index, back);
    }
    for (let index = 1, began = 0; index < length; index++) {
      if (states[index] === states[index - 1]) continue;
      const changed = states[index] !== null && states[index - 1] !== null;
      if (changed && !byPlan.has(index) && isWithinGrace(began, index)) {
        states.fill(states[index] ?? null, began, index);
        while (began > 0 && states[began - 1] === states[index] && !byPlan.has(began)) began--;
      } else began = index;
    }
    return states;
  });
}
