import type { Bill, BillLine, PolicyFunction } from './bill.ts';
import { dayOf } from './calendar.ts';
import { highWater } from './high-water.ts';
import { prorated } from './money.ts';
import { renewals } from './renewals.ts';

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
      const days = term.days.length - day;
      const price = prices[seatClass];
      const amount = prorated(BigInt(price), days, term.fullDays);
      purchases.push({
        kind: 'purchase',
        userId,
        seatClass,
        day,
        days,
        fullDays: term.fullDays,
        price,
        amount,
        ledgerLine: line,
      });
    }
  }
  const peak = highWater(prices, term, occupancy);
  return { purchased, available, inUse, peak, lines: [...lines, ...purchases] } satisfies Bill;
};
