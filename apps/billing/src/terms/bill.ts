import { availableSeats } from './available-seats.ts';
import type { Term } from './calendar.ts';
import type { Occupancy } from './occupancy.ts';
import { peakOfTerm } from './peak.ts';
import type { Plan, Policy } from './plan.ts';
import type { BillLine, PolicyFunction } from './policy.ts';
import { prorateAndCredit } from './prorate-and-credit.ts';
import { type SeatState, TermSeats } from './term-seats.ts';

const POLICY: Readonly<Record<Policy, PolicyFunction>> = {
  available_seats: availableSeats,
  prorate_and_credit: prorateAndCredit,
  peak: peakOfTerm,
};

/** What a term costs by the facts given, by the plan's policy. The same facts give the same bill, at any time. */
export class Bill {
  private end: SeatState | undefined;

  constructor(
    private readonly plan: Pick<Plan, 'prices' | 'policy'>,
    private readonly term: Term,
    private readonly occupancy: Occupancy,
  ) {}

  /** Its lines from the first one on, each made when it is asked for: a bill of any length takes no more memory. */
  *lines(): Generator<BillLine, void> {
    const { plan, term, occupancy } = this;
    const seats = TermSeats.opening(plan, occupancy.inUseAtStart, term.start);
    yield* POLICY[plan.policy](plan, term, occupancy, seats);
    this.end = seats.now();
  }

  /** What the term has come to after the last line. */
  seats(): SeatState {
    for (const lines = this.lines(); !this.end && !lines.next().done; );
    if (!this.end) throw new Error('the bill has no end');
    return this.end;
  }
}
