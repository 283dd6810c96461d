import { dayFrom, dayOf } from './calendar.ts';
import type { PolicyFunction } from './policy.ts';
import { renewals } from './renewals.ts';
import { seatLine } from './seat-line.ts';

/**
 * Policy `prorate_and_credit`. A seat is charged from the day it is taken to the end of the term, and credited from the first
 * day that begins without it. A person's day is charged once, in the class that was first on it: who is back, or in another class,
 * on a day that is charged already is charged from the next.
 */
export const prorateAndCredit: PolicyFunction = function* ({ prices }, term, { opening, movements }, seats) {
  yield* renewals(prices, term, opening);
  /** of who moved: the day from which they are charged, or are charged no more */
  const dayOfPerson = new Map<string, number>();
  for (const { userId, seatClass, at, line, taken } of movements) {
    seats.move(seatClass, taken, at);
    const day = Math.max(taken ? dayOf(term, at) : dayFrom(term, at), dayOfPerson.get(userId) ?? 0);
    dayOfPerson.set(userId, day);
    if (day === term.days.length) continue;
    yield seatLine({ kind: taken ? 'charge' : 'credit', userId, seatClass, day, ledgerLine: line }, prices, term);
  }
};
