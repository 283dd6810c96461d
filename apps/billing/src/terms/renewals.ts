import type { BillLine } from './bill.ts';
import type { Term } from './calendar.ts';
import { prorated } from './money.ts';
import type { PerClass } from './plan.ts';
import type { Stay } from './stays.ts';

/** A line for each seat in use as a term begins, for all of the term, and how many they are. */
export function renewals(
  prices: PerClass,
  term: Term,
  opening: readonly Stay[],
): { lines: BillLine[]; inUse: PerClass } {
  const days = term.days.length;
  const inUse = { core: 0, light: 0 };
  const amounts = {
    core: prorated(BigInt(prices.core), days, term.fullDays),
    light: prorated(BigInt(prices.light), days, term.fullDays),
  };
  const lines = opening.map(({ userId, seatClass, fromLine }): BillLine => {
    inUse[seatClass]++;
    const price = prices[seatClass];
    return {
      kind: 'renewal',
      userId,
      seatClass,
      day: 0,
      days,
      fullDays: term.fullDays,
      price,
      amount: amounts[seatClass],
      ledgerLine: fromLine,
    };
  });
  return { lines, inUse };
}
