import type { BillLine } from './bill.ts';
import type { Term } from './calendar.ts';
import { prorated } from './money.ts';
import type { PerClass } from './plan.ts';
import type { Stay } from './stays.ts';

/** A line for each seat in use as a term begins, for all of the term. */
export function renewals(prices: PerClass, { days, fullDays }: Term, opening: readonly Stay[]): BillLine[] {
  const amounts = {
    core: prorated(BigInt(prices.core), days.length, fullDays),
    light: prorated(BigInt(prices.light), days.length, fullDays),
  };
  return opening.map(({ userId, seatClass, fromLine }) => ({
    kind: 'renewal',
    userId,
    seatClass,
    day: 0,
    days: days.length,
    fullDays,
    price: prices[seatClass],
    amount: amounts[seatClass],
    ledgerLine: fromLine,
  }));
}
