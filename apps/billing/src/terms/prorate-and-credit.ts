import type { PolicyFunction } from './bill.ts';
import { dayFrom, dayOf } from './calendar.ts';
import { renewals } from './renewals.ts';
import { seatLine } from './seat-line.ts';
import type { Movement } from './stays.ts';

/**
 * Policy `prorate_and_credit`. A seat is charged from the day it is taken to the end of the term, and credited from the first
 * day that begins without it. A person's day is charged once, in the class that was first on it: who is back, or in another class,
 * on a day that is charged already is charged from the next.
 */
export const prorateAndCredit: PolicyFunction = ({ prices }, term, { opening, movements }, seats) => {
  const lines = renewals(prices, term, opening);
  const chargedFrom = new Map<string, number>(opening.map(({ userId }) => [userId, 0]));
  const chargedTo = new Map<string, number>();
  const add = (kind: 'charge' | 'credit', { userId, seatClass, line }: Movement, day: number) => {
    if (day >= term.days.length) return;
    lines.push(seatLine({ kind, userId, seatClass, day, ledgerLine: line }, prices, term));
  };
  for (const movement of movements) {
    const { userId, seatClass, at, taken } = movement;
    seats.move(seatClass, taken, at);
    if (taken) {
      const from = Math.max(dayOf(term, at), chargedTo.get(userId) ?? 0);
      chargedFrom.set(userId, from);
      add('charge', movement, from);
    } else {
      const from = Math.max(dayFrom(term, at), chargedFrom.get(userId) ?? 0);
      chargedTo.set(userId, from);
      add('credit', movement, from);
    }
  }
  return lines;
};
