import type { Term } from './calendar.ts';
import type { PerClass, Plan, SeatClass } from './plan.ts';
import type { Occupancy } from './stays.ts';

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

/** The most that was in use, when that was, and who it was. */
export interface Peak {
  seats: PerClass;
  at: Date;
  people: { userId: string; seatClass: SeatClass; ledgerLine: number }[];
}

/** What a term costs by the facts given. */
export interface Bill {
  /** paid for until the term ends */
  purchased: PerClass;
  /** paid for and not in use */
  available: PerClass;
  inUse: PerClass;
  peak: Peak;
  lines: BillLine[];
}

export type PolicyFunction = (plan: Pick<Plan, 'prices'>, term: Term, occupancy: Occupancy) => Bill;
