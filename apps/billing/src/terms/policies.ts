import { availableSeats } from './available-seats.ts';
import type { Bill, PolicyFunction } from './bill.ts';
import type { Term } from './calendar.ts';
import { peakOfTerm } from './peak.ts';
import type { Plan, Policy } from './plan.ts';
import { prorateAndCredit } from './prorate-and-credit.ts';
import type { Occupancy } from './stays.ts';
import { TermSeats } from './term-seats.ts';

const POLICY: Readonly<Record<Policy, PolicyFunction>> = {
  available_seats: availableSeats,
  prorate_and_credit: prorateAndCredit,
  peak: peakOfTerm,
};

/** The bill of a term, by the plan's policy. The same arguments give the same bill, at any time. */
export function bill(plan: Pick<Plan, 'prices' | 'policy'>, term: Term, occupancy: Occupancy): Bill {
  const inUse = { core: 0, light: 0 };
  for (const { seatClass } of occupancy.opening) inUse[seatClass]++;
  const seats = TermSeats.opening(plan, inUse, term.start);
  const lines = POLICY[plan.policy](plan, term, occupancy, seats);
  return { ...seats.now(), lines };
}
