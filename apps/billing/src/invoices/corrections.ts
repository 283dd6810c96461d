import { inParts } from './in-parts.ts';
import type { InvoiceLine } from './invoice-line.ts';
import { LINES_AT_ONCE } from './invoice-rows.ts';

/**
 * What makes the lines billed for a closed term those that it should have: lines that are missing, and lines that are too
 * many, taken off. It is empty when nothing differs; which ledger line a seat is explained by is no difference.
 *
 * Both sides are read side by side, and what is on both is forgotten: in memory is what differs, for bills of one order.
 *
 * @param billed lines of its invoice and all adjustments of it since, in parts
 * @param due its lines by what is known now
 */
export async function corrections(
  correctsTerm: number,
  billed: AsyncIterable<InvoiceLine[]>,
  due: Iterable<InvoiceLine>,
): Promise<InvoiceLine[]> {
  const open = new Map<string, { line: InvoiceLine; count: number }>();
  const count = (line: InvoiceLine, by: 1 | -1) => {
    const key = keyOf(line);
    const entry = open.get(key) ?? { line, count: 0 };
    entry.count += by;
    if (entry.count === 0) open.delete(key);
    else open.set(key, entry);
  };
  const dueParts = inParts(due, LINES_AT_ONCE);
  const countDue = () => {
    const { value, done } = dueParts.next();
    for (const line of value ?? []) count(line, 1);
    return done !== true;
  };
  for await (const part of billed) {
    countDue();
    for (const line of part) count(plainOf(line), line.removed ? 1 : -1);
  }
  while (countDue());
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
