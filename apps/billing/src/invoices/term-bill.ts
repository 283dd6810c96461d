import type { EntityManager } from 'typeorm';
import { Bill } from '../terms/bill.ts';
import { type Term, termFrom } from '../terms/calendar.ts';
import { Occupancy } from '../terms/occupancy.ts';
import { MOST_GRACE_HOURS } from '../terms/plan.ts';
import { longestGraceMs, staysOf } from '../terms/stays.ts';
import type { SeatState } from '../terms/term-seats.ts';
import { corrections } from './corrections.ts';
import type { InvoiceLine } from './invoice-line.ts';
import { billedFor } from './invoice-rows.ts';
import { eachPerson } from './seat-facts.ts';
import { closedTermsSince, type TermRow } from './term-rows.ts';

const MOST_GRACE_MS = MOST_GRACE_HOURS * 3_600_000;

/** What a term costs by the ledger up to a line. */
export class TermBill {
  private constructor(
    private readonly term: Term,
    private readonly bill: Bill,
  ) {}

  /** @param tx in a transaction */
  static async of(tx: EntityManager, row: TermRow, through: number): Promise<TermBill> {
    const { tenantId, plan } = row;
    // the end that was agreed, also when the rules of the zone have changed since
    const term = { ...termFrom(row.startsAt, plan), end: row.endsAt };
    const occupancy = new Occupancy(term);
    await eachPerson(tx, { tenantId, term, plan, through }, (facts) => {
      for (const stay of staysOf(facts, plan)) occupancy.add(stay);
    });
    return new TermBill(term, new Bill(plan, term, occupancy));
  }

  /** Its own lines from the first one on, each made when it is asked for, and what corrects the terms before it. */
  *lines(corrections: Iterable<InvoiceLine> = []): Generator<InvoiceLine, void> {
    const dates = this.term.days;
    for (const { day, ...line } of this.bill.lines()) {
      yield { ...line, correctsTerm: null, removed: false, fromDay: dates[day] ?? '' };
    }
    yield* corrections;
  }

  /** The seats as the term leaves them, or as they are now. */
  seats(): SeatState {
    return this.bill.seats();
  }
}

/**
 * Corrections of closed terms that the ledger lines after `open.adjustedThrough` ask for: those that tell of a time before the
 * open term, or so soon after a closed one that somebody came back within its grace. Every closed term since that time is billed
 * again and compared with what was billed for it.
 */
export async function lateCorrections(tx: EntityManager, open: TermRow, through: number): Promise<InvoiceLine[]> {
  if (open.number === 1 || through === open.adjustedThrough) return [];
  const reaching = await closedTermsSince(tx, open.tenantId, new Date(open.startsAt.getTime() - MOST_GRACE_MS));
  const until = Math.max(open.startsAt.getTime(), ...reaching.map(reachOf));
  const [late]: { earliest: Date | null }[] = await tx.query(
    `SELECT min(effective_at) AS earliest FROM ledger_line
     WHERE tenant_id = $1 AND sequence > $2 AND sequence <= $3 AND effective_at < $4`,
    [open.tenantId, open.adjustedThrough, through, new Date(until)],
  );
  if (!late?.earliest) return [];
  const earliest = late.earliest.getTime();
  const found: InvoiceLine[] = [];
  for (const closed of await closedTermsSince(tx, open.tenantId, new Date(earliest - MOST_GRACE_MS))) {
    if (reachOf(closed) <= earliest) continue;
    const due = await TermBill.of(tx, closed, through);
    found.push(...(await corrections(closed.number, billedFor(tx, open.tenantId, closed.number), due.lines())));
  }
  return found;
}

/** The time before which something may be part of what a term costs, milliseconds since 1970. */
function reachOf({ endsAt, plan }: Pick<TermRow, 'endsAt' | 'plan'>): number {
  return endsAt.getTime() + longestGraceMs(plan);
}
