import type { Movement } from './movements.ts';
import type { Occupancy } from './occupancy.ts';
import type { PolicyFunction } from './policy.ts';
import { seatLine } from './seat-line.ts';

/**
 * Policy `peak`. The term costs its high-water mark: a line for each person who was in a seat at that moment, for all of the
 * term, whenever they came or left.
 */
export const peakOfTerm: PolicyFunction = function* ({ prices }, term, occupancy, seats) {
  for (const { seatClass, taken, at } of occupancy.movements) seats.move(seatClass, taken, at);
  for (const { userId, seatClass, line } of inSeatAfter(occupancy, seats.peakAfter)) {
    yield seatLine({ kind: 'peak', userId, seatClass, day: 0, ledgerLine: line }, prices, term);
  }
};

/** Who is in a seat once so many of the movements have happened: first who never moved, then who did, as they came. */
function* inSeatAfter({ opening, movements }: Occupancy, count: number): Generator<Movement, void> {
  const lastOf = new Map<string, Movement>();
  let moved = 0;
  for (const movement of movements) {
    if (moved++ === count) break;
    lastOf.delete(movement.userId);
    lastOf.set(movement.userId, movement);
  }
  for (const held of opening) if (!lastOf.has(held.userId)) yield held;
  for (const movement of lastOf.values()) if (movement.taken) yield movement;
}
