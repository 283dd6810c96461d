import type { Bill, BillLine } from '../terms/bill.ts';
import type { Term } from '../terms/calendar.ts';

/** A line as it is kept and shown: what is billed, or what corrects a closed term. */
export interface InvoiceLine extends Omit<BillLine, 'day'> {
  /** the closed term that it corrects; null for a line of the term itself */
  correctsTerm: number | null;
  /** a line of that term taken off: its amount has the other sign */
  removed: boolean;
  /** local, the first day that it is for */
  fromDay: string;
}

/** The lines of a term's bill, to be kept. */
export function invoiceLines({ lines }: Pick<Bill, 'lines'>, { days: dates }: Pick<Term, 'days'>): InvoiceLine[] {
  return lines.map(({ day, ...line }) => ({ ...line, correctsTerm: null, removed: false, fromDay: dates[day] ?? '' }));
}

/**
 * What makes the lines billed for a closed term those that it should have: lines that are missing, and lines that are too
 * many, taken off. It is empty when nothing differs; which ledger line a seat is explained by is no difference.
 *
 * @param billed lines of its invoice and all adjustments of it since
 * @param due its lines by what is known now
 */
export function corrections(
  correctsTerm: number,
  billed: readonly InvoiceLine[],
  due: readonly InvoiceLine[],
): InvoiceLine[] {
  const open = new Map<string, { line: InvoiceLine; count: number }>();
  const count = (line: InvoiceLine, by: number) => {
    const key = keyOf(line);
    const entry = open.get(key) ?? { line, count: 0 };
    entry.count += by;
    if (by > 0) entry.line = line;
    open.set(key, entry);
  };
  for (const line of due) count(line, 1);
  for (const line of billed) count(plainOf(line), line.removed ? 1 : -1);
  return [...open.values()].flatMap(({ line, count: difference }) => {
    const removed = difference < 0;
    const correction = { ...line, correctsTerm, removed, amount: removed ? -line.amount : line.amount };
    return Array.from({ length: Math.abs(difference) }, () => correction);
  });
}

/** The line as the corrected term has it. */
function plainOf(line: InvoiceLine): InvoiceLine {
  return { ...line, correctsTerm: null, removed: false, amount: line.removed ? -line.amount : line.amount };
}

function keyOf({ kind, userId, seatClass, fromDay, days, fullDays, price, amount }: InvoiceLine): string {
  return [kind, userId, seatClass, fromDay, days, fullDays, price, amount].join('|');
}
