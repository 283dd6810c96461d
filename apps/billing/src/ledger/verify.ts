import type { DataSource } from 'typeorm';
import type { LedgerDifference, Verified } from '#billing-api/ledger';
import { SEAT_CLASS } from '../classes/seat-class.ts';
import { termDifferences } from './verify-term.ts';

/** Differences that are told; where there are more, something is wrong that one sees by then. */
const TOLD = 1_000;

/**
 * What the lines come to, from nothing: the database sorts on disk what does not fit its memory.
 */
const DIFFERENCES = `
WITH line AS (
  SELECT sequence, user_id, in_use, in_use_light, seat_class, effective_at, coalesce(adjusted_to, kind) <> 'released' AS occupied
  FROM ledger_line WHERE tenant_id = $1
), step AS (
  SELECT *, coalesce(lag(occupied) OVER person, false) AS was_occupied, lag(seat_class) OVER person AS was_class
  FROM line WINDOW person AS (PARTITION BY user_id ORDER BY sequence)
), rebuilt AS (
  SELECT sequence, in_use, in_use_light, row_number() OVER tenant AS number,
         sum(occupied::int - was_occupied::int) OVER tenant AS counted,
         sum((occupied AND seat_class = 'light')::int - (was_occupied AND was_class = 'light')::int) OVER tenant AS counted_light
  FROM step WINDOW tenant AS (ORDER BY sequence)
), last_of_person AS (
  SELECT DISTINCT ON (user_id) user_id, occupied, seat_class, sequence, effective_at FROM line ORDER BY user_id, sequence DESC
), kept AS (
  SELECT user_id, occupied, light_groups, core_groups, last_line, last_line_at,
         ${SEAT_CLASS} AS seat_class
  FROM seat WHERE tenant_id = $1
), total AS (
  SELECT count(*) AS lines, coalesce((SELECT count(*) FROM last_of_person WHERE occupied), 0) AS in_use,
         coalesce((SELECT count(*) FROM last_of_person WHERE occupied AND seat_class = 'light'), 0) AS light
  FROM line
), standing AS (
  SELECT m.user_id, count(*) FILTER (WHERE g.effect = 'light') AS light, count(*) FILTER (WHERE g.effect = 'core') AS core
  FROM group_member m JOIN directory_group g USING (tenant_id, group_id) WHERE m.tenant_id = $1 GROUP BY m.user_id
)
SELECT 'line' AS what, sequence::text AS of, format('line %s, %s in use, %s light', number, counted, counted_light) AS expected,
       format('line %s, %s in use, %s light', sequence, in_use, in_use_light) AS found
FROM rebuilt WHERE (sequence, in_use, in_use_light) IS DISTINCT FROM (number, counted, counted_light)
UNION ALL
SELECT 'seat', user_id::text, CASE WHEN l.occupied THEN l.seat_class ELSE 'free' END, CASE WHEN k.occupied THEN k.seat_class ELSE 'free' END
FROM last_of_person l FULL JOIN kept k USING (user_id)
WHERE CASE WHEN l.occupied THEN l.seat_class END IS DISTINCT FROM CASE WHEN k.occupied THEN k.seat_class END
UNION ALL
SELECT 'last_line', user_id::text, format('line %s of %s', l.sequence, l.effective_at), format('line %s of %s', k.last_line, k.last_line_at)
FROM last_of_person l FULL JOIN kept k USING (user_id)
WHERE (l.sequence, l.effective_at) IS DISTINCT FROM (k.last_line, k.last_line_at)
UNION ALL
SELECT 'standing', user_id::text, format('%s light, %s core', coalesce(s.light, 0), coalesce(s.core, 0)),
       format('%s light, %s core', k.light_groups, k.core_groups)
FROM kept k LEFT JOIN standing s USING (user_id)
WHERE (k.light_groups, k.core_groups) IS DISTINCT FROM (coalesce(s.light, 0), coalesce(s.core, 0))
UNION ALL
SELECT 'balance', $1::text, format('%s in use, %s light, line %s', t.in_use, t.light, t.lines),
       format('%s in use, %s light, line %s', coalesce(b.in_use, 0), coalesce(b.in_use_light, 0), coalesce(b.sequence, 0))
FROM total t LEFT JOIN balance b ON b.tenant_id = $1
WHERE (t.in_use, t.light, t.lines) IS DISTINCT FROM (coalesce(b.in_use, 0), coalesce(b.in_use_light, 0), coalesce(b.sequence, 0))
LIMIT ${TOLD}`;

/**
 * Rebuilds a tenant's seats, balance and running term from its ledger and compares them with what is kept, all of one moment
 * while events go on being applied.
 */
export async function verifyLedger(dataSource: DataSource, tenantId: string): Promise<Verified> {
  return dataSource.transaction('REPEATABLE READ', async (tx) => {
    const ofSeats: LedgerDifference[] = await tx.query(DIFFERENCES, [tenantId]);
    const differences = [...ofSeats, ...(await termDifferences(tx, tenantId))].slice(0, TOLD);
    const [last]: { lines: string }[] = await tx.query(
      'SELECT coalesce(max(sequence), 0) AS lines FROM ledger_line WHERE tenant_id = $1',
      [tenantId],
    );
    return { tenantId, lines: Number(last?.lines ?? 0), differences };
  });
}
