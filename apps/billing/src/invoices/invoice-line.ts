import type { BillLine } from '../terms/policy.ts';

/** A line as it is kept and shown: what is billed, or what corrects a closed term. */
export interface InvoiceLine extends Omit<BillLine, 'day'> {
  /** the closed term that it corrects; null for a line of the term itself */
  correctsTerm: number | null;
  /** a line of that term taken off: its amount has the other sign */
  removed: boolean;
  /** local, the first day that it is for */
  fromDay: string;
}
