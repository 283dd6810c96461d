import type { EntityManager } from 'typeorm';
import type { Bill } from '../terms/bill.ts';
import { type Term, termFrom } from '../terms/calendar.ts';
import { bill } from '../terms/policies.ts';
import { occupancyIn, staysOf } from '../terms/stays.ts';
import { corrections, type InvoiceLine, invoiceLines } from './invoice-line.ts';
import { billedFor } from './invoice-rows.ts';
import { longestGraceMs, seatFacts } from './seat-facts.ts';
import { closedTermsSince, type TermRow } from './term-rows.ts';

export interface TermBill {
  term: Term;
  bill: Bill;
  lines: InvoiceLine[];
}

/** What a term costs by the ledger up to a line. */
export async function billTerm(tx: EntityManager, row: TermRow, through: number): Promise<TermBill> {
  // the end that was agreed, also when the rules of the zone have changed since
  const term = { ...termFrom(row.startsAt, row.plan), end: row.endsAt };
  const facts = await seatFacts(tx, row.tenantId, term, row.plan, through);
  const result = bill(row.plan, term, occupancyIn(term, staysOf(facts, row.plan)));
  return { term, bill: result, lines: invoiceLines(result, term) };
}

/**
 * Corrections of closed terms that the ledger lines after `open.adjustedThrough` ask for: those that tell of a time before the
 * open term. Every closed term since that time is billed again and compared with what was billed for it.
 */
export async function lateCorrections(tx: EntityManager, open: TermRow, through: number): Promise<InvoiceLine[]> {
  if (open.number === 1 || through === open.adjustedThrough) return [];
  const grace = longestGraceMs(open.plan);
  const [late]: { earliest: Date | null }[] = await tx.query(
    `SELECT min(effective_at) AS earliest FROM ledger_line
     WHERE tenant_id = $1 AND sequence > $2 AND sequence <= $3 AND effective_at < $4`,
    [open.tenantId, open.adjustedThrough, through, new Date(open.startsAt.getTime() + grace)],
  );
  if (!late?.earliest) return [];
  const since = new Date(late.earliest.getTime() - grace);
  const found: InvoiceLine[] = [];
  for (const closed of await closedTermsSince(tx, open.tenantId, since)) {
    const { lines } = await billTerm(tx, closed, through);
    found.push(...corrections(closed.number, await billedFor(tx, open.tenantId, closed.number), lines));
  }
  return found;
}
