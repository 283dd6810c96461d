import type { Term } from './calendar.ts';
import type { Occupancy } from './occupancy.ts';
import type { Plan, SeatClass } from './plan.ts';
import type { TermSeats } from './term-seats.ts';

/** `renewal`: in use as the term began; `purchase`, `charge`: taken later; `credit`: freed; `peak`: in the high-water mark. */
export type BillLineKind = 'renewal' | 'purchase' | 'charge' | 'credit' | 'peak';

/** One amount and why: a person's seat, for so many days. */
export interface BillLine {
  kind: BillLineKind;
  userId: string;
  seatClass: SeatClass;
  /** the first day that it is for: index in the term's days */
  day: number;
  days: number;
  /** of the full period that the price is for */
  fullDays: number;
  /** of a full period, minor units */
  price: number;
  /** minor units; a credit's is negative */
  amount: bigint;
  /** sequence of the ledger line it comes from */
  ledgerLine: number;
}

/** Makes the lines of a term's bill one by one, and moves its seats as the occupancy says. */
export type PolicyFunction = (
  plan: Pick<Plan, 'prices'>,
  term: Term,
  occupancy: Occupancy,
  seats: TermSeats,
) => Iterable<BillLine>;
