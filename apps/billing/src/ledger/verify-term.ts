import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from 'typeorm';
import type { LedgerDifference } from '#billing-api/ledger';
import { Tally } from '../seats/tally.ts';
import { type PaidState, paidIn, type RunningTerm } from '../terms/running-term.ts';
import { type LedgerEntry, ledgerPage } from './ledger.service.ts';

/** Lines in memory at once. */
const STEP = 5_000;

/**
 * Counts the lines of a tenant's running term again, from what it was taken up with, and compares each line, and the term, with
 * what was written. Nothing for a tenant without a plan.
 */
export async function termDifferences(tx: EntityManager, tenantId: string): Promise<LedgerDifference[]> {
  const [balance]: { term: RunningTerm | null }[] = await tx.query('SELECT term FROM balance WHERE tenant_id = $1', [
    tenantId,
  ]);
  const term = balance?.term;
  if (!term) return [];
  const { sequence, inUse, ...paid } = term.from;
  const tally = new Tally({
    tenantId,
    sequence,
    inUse: inUse.core + inUse.light,
    light: inUse.light,
    term: { ...term, ...paid },
  });
  const differences: LedgerDifference[] = [];
  for (let after: number | null = sequence; after !== null; ) {
    const page: { lines: LedgerEntry[]; next: number | null } = await ledgerPage(tx, tenantId, { after, limit: STEP });
    for (const line of page.lines) {
      const { paid: counted } = tally.add(
        { ...line, occupied: (line.adjustedTo ?? line.kind) !== 'released' },
        line.effectiveAt,
        line.recordedAt,
      );
      if (counted) differences.push(...different('line', String(line.sequence), counted, paidOf(line)));
    }
    after = page.next;
  }
  const now = tally.balance().term;
  return now ? [...differences, ...different('term', String(term.number), paidIn(now), paidIn(term))] : differences;
}

type Paid = Partial<PaidState & { term: number }>;

function paidOf({ term, purchased, available, peak }: LedgerEntry): Paid {
  return term === undefined ? {} : ({ term, purchased, available, peak } as Paid);
}

function different(what: 'line' | 'term', of: string, expected: Paid, found: Paid): LedgerDifference[] {
  return isDeepStrictEqual(expected, found) ? [] : [{ what, of, expected: shown(expected), found: shown(found) }];
}

function shown({ term, purchased, available, peak }: Paid): string {
  if (!purchased || !available || !peak) return 'nothing of a term';
  const seats = ({ core, light }: { core: number; light: number }) => `${core} core, ${light} light`;
  return `term ${term}: purchased ${seats(purchased)}; available ${seats(available)}; peak ${seats(peak.seats)} at ${peak.at}`;
}
