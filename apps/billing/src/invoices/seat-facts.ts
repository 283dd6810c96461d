import type { EntityManager } from 'typeorm';
import { PLAN_APPLIED } from '#events/plan-applied.v1';
import { pages } from '#postgres/pages';
import { SEAT_CLASS } from '../classes/seat-class.ts';
import type { Term } from '../terms/calendar.ts';
import type { Plan } from '../terms/plan.ts';
import { longestGraceMs, type SeatFact } from '../terms/stays.ts';

/** Facts in memory at once. */
const STEP = 10_000;

const MILLISECONDS = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;
const KIND = 'coalesce(adjusted_to, kind)';
const BY_PLAN = `event_type = '${PLAN_APPLIED}'`;

/**
 * A term's ledger is all lines from the first one on that tells of its time. Of who has none of them, nor one that tells of a
 * later time, the seat as it is says what came before; of the others their own lines do. So the lines of a tenant's past are
 * not read, however many there are.
 */
const FACTS = `
WITH told AS MATERIALIZED (
  SELECT sequence FROM ledger_line WHERE tenant_id = $1 AND sequence <= $2 AND effective_at >= $3 AND effective_at < $4
), first AS MATERIALIZED (
  SELECT coalesce(min(sequence), $2 + 1) AS line FROM told
)
SELECT last_line::float8 AS sequence, user_id AS "userId", 'occupied' AS kind,
       ${SEAT_CLASS} AS "seatClass", ${MILLISECONDS('last_line_at')} AS at, false AS "byPlan"
FROM seat
WHERE tenant_id = $1 AND occupied
  AND last_line < (SELECT line FROM first) AND last_line_at < $3 AND since < $3
UNION ALL
SELECT sequence::float8, user_id, ${KIND}, seat_class, ${MILLISECONDS('effective_at')}, ${BY_PLAN}
FROM seat JOIN ledger_line USING (tenant_id, user_id)
WHERE tenant_id = $1 AND (last_line >= (SELECT line FROM first) OR last_line_at >= $3 OR since >= $3)
  AND sequence < (SELECT line FROM first) AND effective_at < $3 AND (SELECT line FROM first) > 1
UNION ALL
SELECT sequence::float8, user_id, ${KIND}, seat_class, ${MILLISECONDS('effective_at')}, ${BY_PLAN}
FROM ledger_line
WHERE tenant_id = $1 AND sequence BETWEEN (SELECT line FROM first) AND $2 AND effective_at < $4
ORDER BY "userId", sequence`;

/** Whose facts, of which time, and how the ledger is read for them. */
interface Asked {
  tenantId: string;
  term: Pick<Term, 'start' | 'end'>;
  plan: Pick<Plan, 'grace'>;
  /** the last ledger line that counts: the same one gives the same facts at any time */
  through: number;
}

/**
 * What the ledger says of a term, a person at a time and of each in its order: the one place where terms read the ledger. Of
 * the time before the term there is what tells who was in a seat then; a little of the time after it tells who returned within
 * the grace.
 *
 * @param tx in a transaction, which the cursor wants
 * @param take is called with all facts of one person
 */
export async function eachPerson(
  tx: EntityManager,
  { tenantId, term, plan, through }: Asked,
  take: (facts: SeatFact[]) => void,
): Promise<void> {
  const until = new Date(term.end.getTime() + longestGraceMs(plan));
  // a cursor is planned for its first rows otherwise, and here all are read
  await tx.query('SET LOCAL cursor_tuple_fraction = 1');
  await tx.query(`DECLARE seat_facts NO SCROLL CURSOR FOR ${FACTS}`, [tenantId, through, term.start, until]);
  let facts: SeatFact[] = [];
  for await (const rows of pages<SeatFact>(STEP, () => tx.query(`FETCH ${STEP} FROM seat_facts`))) {
    for (const fact of rows) {
      if (facts[0] && facts[0].userId !== fact.userId) {
        take(facts);
        facts = [];
      }
      facts.push(fact);
    }
  }
  if (facts.length > 0) take(facts);
  await tx.query('CLOSE seat_facts');
}
