import type { Term } from './calendar.ts';
import type { Movement } from './movements.ts';
import type { PerClass } from './plan.ts';
import type { BillLine } from './policy.ts';
import { seatLine } from './seat-line.ts';

/** A line for each seat in use as a term begins, for all of the term. */
export function* renewals(prices: PerClass, term: Term, opening: Iterable<Movement>): Generator<BillLine, void> {
  for (const { userId, seatClass, line } of opening) {
    yield seatLine({ kind: 'renewal', userId, seatClass, day: 0, ledgerLine: line }, prices, term);
  }
}
