import type { Bill, PolicyFunction } from './bill.ts';
import { highWater } from './high-water.ts';
import { seatLine } from './seat-line.ts';

/**
 * Policy `peak`. The term costs its high-water mark: a line for each person who was in a seat at that moment, for all of the
 * term, whenever they came or left.
 */
export const peakOfTerm: PolicyFunction = ({ prices }, term, occupancy) => {
  const inUse = { core: 0, light: 0 };
  for (const { seatClass } of occupancy.opening) inUse[seatClass]++;
  for (const { seatClass, taken } of occupancy.movements) inUse[seatClass] += taken ? 1 : -1;
  const peak = highWater(prices, term, occupancy);
  const lines = peak.people.map((person) => seatLine({ ...person, kind: 'peak', day: 0 }, prices, term));
  const available = {
    core: Math.max(0, peak.seats.core - inUse.core),
    light: Math.max(0, peak.seats.light - inUse.light),
  };
  return { purchased: { ...peak.seats }, available, inUse, peak, lines } satisfies Bill;
};
