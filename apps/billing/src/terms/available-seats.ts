import type { Bill, BillLine, PolicyFunction } from './bill.ts';
import { dayOf } from './calendar.ts';
import { highWater } from './high-water.ts';
import { renewals } from './renewals.ts';
import { seatLine } from './seat-line.ts';

/**
 * Policy `available_seats`. What is in use as the term begins is purchased for all of it. Whoever takes a seat later takes
 * one that is available; when there is none, one is purchased from that day to the end of the term. A seat that is freed
 * stays available until the term ends, without a credit. Each class has its own seats.
 */
export const availableSeats: PolicyFunction = ({ prices }, term, occupancy) => {
  const { lines, inUse } = renewals(prices, term, occupancy.opening);
  const purchased = { ...inUse };
  const available = { core: 0, light: 0 };
  const purchases: BillLine[] = [];
  for (const { userId, seatClass, at, line, taken } of occupancy.movements) {
    inUse[seatClass] += taken ? 1 : -1;
    if (!taken) available[seatClass]++;
    else if (available[seatClass] > 0) available[seatClass]--;
    else {
      purchased[seatClass]++;
      const day = dayOf(term, at);
      purchases.push(seatLine({ kind: 'purchase', userId, seatClass, day, ledgerLine: line }, prices, term));
    }
  }
  const peak = highWater(prices, term, occupancy);
  return { purchased, available, inUse, peak, lines: [...lines, ...purchases] } satisfies Bill;
};
