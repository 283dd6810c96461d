import type { EntityManager } from 'typeorm';
import { run } from '#postgres/prepared';
import type { Term } from '../terms/calendar.ts';
import type { Plan } from '../terms/plan.ts';
import type { SeatFact } from '../terms/stays.ts';

const HOUR_MS = 3_600_000;
/** No local day is longer: what `same_day` can reach over. */
const SAME_DAY_HOURS = 26;

const FACTS = {
  name: 'seat_facts_of_term',
  text: `
WITH known AS MATERIALIZED (
  SELECT sequence, user_id, coalesce(adjusted_to, kind) AS kind, seat_class, effective_at
  FROM ledger_line
  WHERE tenant_id = $1 AND sequence <= $2 AND effective_at < $4
), before AS (
  SELECT DISTINCT ON (user_id) sequence, user_id, kind, seat_class, effective_at
  FROM known WHERE effective_at < $3 ORDER BY user_id, sequence DESC
)
SELECT sequence::float8 AS sequence, user_id AS "userId", seat_class AS "seatClass",
       CASE kind WHEN 'released' THEN 'released' ELSE 'occupied' END AS kind,
       (extract(epoch FROM effective_at) * 1000)::float8 AS at
FROM before WHERE kind <> 'released'
UNION ALL
SELECT sequence::float8, user_id, seat_class, kind, (extract(epoch FROM effective_at) * 1000)::float8
FROM known WHERE effective_at >= $3
ORDER BY sequence`,
};

/** How far apart leaving and returning may be and still be one seat, at most. */
export function longestGraceMs({ grace }: Pick<Plan, 'grace'>): number {
  return (grace === 'same_day' ? SAME_DAY_HOURS : grace.hours) * HOUR_MS;
}

/**
 * What the ledger says of a term, in its order: the one place where terms read the ledger. Of the time before the term there
 * is each person's last line only, and only of those in a seat; a little of the time after it tells who returned within the grace.
 *
 * @param through the last ledger line that counts: the same one gives the same facts at any time
 */
export function seatFacts(
  tx: EntityManager,
  tenantId: string,
  { start, end }: Pick<Term, 'start' | 'end'>,
  plan: Pick<Plan, 'grace'>,
  through: number,
): Promise<SeatFact[]> {
  const margin = longestGraceMs(plan);
  return run<SeatFact>(tx, FACTS, [
    tenantId,
    through,
    new Date(start.getTime() - margin).toISOString(),
    new Date(end.getTime() + margin).toISOString(),
  ]);
}
