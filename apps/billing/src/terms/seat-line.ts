import type { Term } from './calendar.ts';
import { prorated } from './money.ts';
import type { PerClass } from './plan.ts';
import type { BillLine } from './policy.ts';

/** A line for a seat from a day of the term to the term's end; a credit's amount is negative. */
export function seatLine(
  { kind, userId, seatClass, day, ledgerLine }: Pick<BillLine, 'kind' | 'userId' | 'seatClass' | 'day' | 'ledgerLine'>,
  prices: PerClass,
  { days: { length }, fullDays }: Term,
): BillLine {
  const days = length - day;
  const price = prices[seatClass];
  const whole = prorated(BigInt(price), days, fullDays);
  const amount = kind === 'credit' ? -whole : whole;
  return { kind, userId, seatClass, day, days, fullDays, price, amount, ledgerLine };
}
