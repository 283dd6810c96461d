import { dayOf } from './calendar.ts';
import type { PolicyFunction } from './policy.ts';
import { renewals } from './renewals.ts';
import { seatLine } from './seat-line.ts';

/**
 * Policy `available_seats`. What is in use as the term begins is purchased for all of it. Whoever takes a seat later takes
 * one that is available; when there is none, one is purchased from that day to the end of the term. A seat that is freed
 * stays available until the term ends, without a credit. Each class has its own seats.
 */
export const availableSeats: PolicyFunction = function* ({ prices }, term, { opening, movements }, seats) {
  yield* renewals(prices, term, opening);
  for (const { userId, seatClass, at, line, taken } of movements) {
    if (!seats.move(seatClass, taken, at)) continue;
    yield seatLine({ kind: 'purchase', userId, seatClass, day: dayOf(term, at), ledgerLine: line }, prices, term);
  }
};
