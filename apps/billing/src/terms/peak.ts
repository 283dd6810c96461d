import type { PolicyFunction } from './bill.ts';
import { seatLine } from './seat-line.ts';
import type { Occupancy } from './stays.ts';

/**
 * Policy `peak`. The term costs its high-water mark: a line for each person who was in a seat at that moment, for all of the
 * term, whenever they came or left.
 */
export const peakOfTerm: PolicyFunction = ({ prices }, term, occupancy, seats) => {
  for (const { seatClass, taken, at } of occupancy.movements) seats.move(seatClass, taken, at);
  return peopleAfter(occupancy, seats.peakAfter).map((person) =>
    seatLine({ ...person, kind: 'peak', day: 0 }, prices, term),
  );
};

/** Who is in a seat once so many of the movements have happened. */
function peopleAfter({ opening, movements }: Occupancy, count: number) {
  const people = new Map(
    opening.map(({ userId, seatClass, fromLine }) => [userId, { userId, seatClass, ledgerLine: fromLine }]),
  );
  for (const { userId, seatClass, line, taken } of movements.slice(0, count)) {
    if (taken) people.set(userId, { userId, seatClass, ledgerLine: line });
    else people.delete(userId);
  }
  return [...people.values()];
}
