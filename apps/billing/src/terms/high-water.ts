import type { Peak } from './bill.ts';
import type { Term } from './calendar.ts';
import type { PerClass } from './plan.ts';
import type { Occupancy } from './stays.ts';

/**
 * The term's high-water mark: the first moment at which the seats in use would cost the most; of moments that cost the same,
 * one with more seats. It is one moment for all classes, so that whoever changes class is never in it twice.
 */
export function highWater(prices: PerClass, term: Pick<Term, 'start'>, { opening, movements }: Occupancy): Peak {
  const seats = { core: 0, light: 0 };
  for (const { seatClass } of opening) seats[seatClass]++;
  let best = { seats: { ...seats }, at: term.start, after: 0 };
  let index = 0;
  for (const { seatClass, taken, at } of movements) {
    index++;
    seats[seatClass] += taken ? 1 : -1;
    if (taken && isHigher(seats, best.seats, prices)) best = { seats: { ...seats }, at: new Date(at), after: index };
  }
  return { seats: best.seats, at: best.at, people: peopleAfter({ opening, movements }, best.after) };
}

function isHigher(one: PerClass, other: PerClass, prices: PerClass): boolean {
  const dearer = value(one, prices) - value(other, prices);
  return dearer > 0 || (dearer === 0 && one.core + one.light > other.core + other.light);
}

function value({ core, light }: PerClass, prices: PerClass): number {
  return core * prices.core + light * prices.light;
}

/** Who is in a seat once so many of the movements have happened. */
function peopleAfter({ opening, movements }: Occupancy, count: number): Peak['people'] {
  const people = new Map(
    opening.map(({ userId, seatClass, fromLine }) => [userId, { userId, seatClass, ledgerLine: fromLine }]),
  );
  for (const { userId, seatClass, line, taken } of movements.slice(0, count)) {
    if (taken) people.set(userId, { userId, seatClass, ledgerLine: line });
    else people.delete(userId);
  }
  return [...people.values()];
}
