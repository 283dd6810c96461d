import type { BillableFrom } from '#events/plan-applied.v1';
import type { PerClass, Plan } from './plan.ts';
import { type SeatState, TermSeats } from './term-seats.ts';

/** What is paid for in a term by a moment, as JSON has it. */
export interface PaidState {
  purchased: PerClass;
  available: PerClass;
  /** `at` is UTC, ISO 8601 */
  peak: { seats: PerClass; at: string };
}

/** What a running term goes by. */
export interface TermRules extends Pick<Plan, 'policy' | 'prices' | 'cap' | 'billableFrom' | 'lightGroup'> {
  /** 1, 2, 3 … per tenant */
  number: number;
  planVersion: number;
  /** UTC, ISO 8601 */
  startsAt: string;
  endsAt: string;
}

/**
 * The term that a tenant is in and what it has come to, line by line as billing learned of them: what each ledger line tells
 * beside the seats in use. A line that tells of a time before the term counts in it as well; the invoice knows better.
 */
export interface RunningTerm extends TermRules, PaidState {
  /** thresholds of the cap, in percent, that were told in this term */
  told: number[];
  /** a class has changed since it was taken from its bill, which alone knows whether within the grace */
  unsettled?: true;
  /** what its lines are counted from, so that they can be counted again */
  from: PaidState & { sequence: number; inUse: PerClass };
}

/** From when a tenant's active people take a seat: without a plan from the moment they are there. */
export function billableFrom(term: Pick<RunningTerm, 'billableFrom'> | null | undefined): BillableFrom {
  return term?.billableFrom ?? 'provisioned';
}

/** What a ledger line, an event or an answer tells of a running term. */
export function paidIn({ number, purchased, available, peak }: RunningTerm): PaidState & { term: number } {
  return { term: number, purchased, available, peak };
}

/** A term that goes on from this state. @param sequence of the last ledger line in the state */
export function runningTerm(rules: TermRules, state: SeatState, sequence: number, told: number[] = []): RunningTerm {
  const paid = paidState(state);
  return { ...rules, ...paid, told, from: { ...paid, sequence, inUse: { ...state.inUse } } };
}

/** A term that begins with these seats in use. */
export function beginningTerm(rules: TermRules, inUse: PerClass, sequence: number): RunningTerm {
  return runningTerm(rules, TermSeats.opening(rules, inUse, new Date(rules.startsAt)).now(), sequence);
}

/** The seats of a running term, to be moved on. */
export function seatsOf(term: TermRules & PaidState, inUse: PerClass): TermSeats {
  const { purchased, available, peak } = term;
  return new TermSeats(term, { inUse, purchased, available, peak: { ...peak, at: new Date(peak.at) } });
}

export function paidState({ purchased, available, peak }: SeatState): PaidState {
  return { purchased, available, peak: { seats: peak.seats, at: peak.at.toISOString() } };
}
