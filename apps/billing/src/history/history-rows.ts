import type { EntityManager } from 'typeorm';

/** A ledger's lines with what each changed of the seats in use. `condition` speaks of `line`. */
export const changes = (condition: string) => `
SELECT line.tenant_id, line.sequence, line.effective_at,
       CASE coalesce(line.adjusted_to, line.kind) WHEN 'occupied' THEN 1 WHEN 'released' THEN -1 ELSE 0 END AS change
FROM ledger_line line
WHERE line.tenant_id = $1 AND ${condition}`;

/** Hours, UTC, in which something of these lines happened, reckoned anew from all lines of each: OFFSET 0 keeps each hour a look into the index. */
const RECKON = `
INSERT INTO seat_hour (tenant_id, hour, net, peak, peak_at, peak_sequence)
SELECT DISTINCT ON (hour) tenant_id, hour,
       sum(change) OVER (PARTITION BY hour),
       so_far, effective_at, sequence
FROM (
  SELECT c.*, touched.hour,
         sum(c.change) OVER (PARTITION BY touched.hour ORDER BY c.effective_at, c.sequence) AS so_far
  FROM (SELECT DISTINCT date_bin('1 hour', effective_at, 'epoch') AS hour FROM ledger_line
        WHERE tenant_id = $1 AND sequence > $2 AND sequence <= $3) AS touched,
  LATERAL (${changes("line.sequence <= $3 AND line.effective_at >= touched.hour AND line.effective_at < touched.hour + interval '1 hour' OFFSET 0")}) AS c
) AS lines
ORDER BY hour, so_far DESC, effective_at, sequence
ON CONFLICT (tenant_id, hour) DO UPDATE
SET net = excluded.net, peak = excluded.peak, peak_at = excluded.peak_at, peak_sequence = excluded.peak_sequence`;

/** Lines of one transaction. */
const STEP = 100_000;

/**
 * Brings the hours of a tenant up to the ledger's last line, in steps. Lines of a tenant are numbered without a gap and in the
 * order of their commits (the balance is locked), so those after the last that was reckoned are all that is new; each touches the
 * hour in which it happened, however late it was learned of.
 *
 * @returns the line that the hours are up to, 0 when there is none
 */
export async function reckon(tx: EntityManager, tenantId: string): Promise<number> {
  const [balance] = await tx.query('SELECT sequence FROM balance WHERE tenant_id = $1', [tenantId]);
  const last = Number(balance?.sequence ?? 0);
  const [known] = await tx.query('SELECT sequence FROM seat_history WHERE tenant_id = $1', [tenantId]);
  let done = Number(known?.sequence ?? 0);
  while (done < last) done = await reckonStep(tx, tenantId, last);
  return done;
}

/** @returns the line that the hours are up to now */
function reckonStep(tx: EntityManager, tenantId: string, last: number): Promise<number> {
  return tx.transaction(async (inner) => {
    await inner.query('INSERT INTO seat_history (tenant_id, sequence) VALUES ($1, 0) ON CONFLICT DO NOTHING', [
      tenantId,
    ]);
    const [row] = await inner.query('SELECT sequence FROM seat_history WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
    const done = Number(row.sequence);
    if (done >= last) return done;
    const through = Math.min(last, done + STEP);
    await inner.query(RECKON, [tenantId, done, through]);
    await inner.query('UPDATE seat_history SET sequence = $2 WHERE tenant_id = $1', [tenantId, through]);
    return through;
  });
}

/** Seats in use at an instant: the hours before it, and the lines of its own hour up to it. */
export async function inUseAt(tx: EntityManager, tenantId: string, at: Date): Promise<number> {
  const [row] = await tx.query(
    `SELECT coalesce((SELECT sum(net) FROM seat_hour WHERE tenant_id = $1 AND hour < date_bin('1 hour', $2, 'epoch')), 0)::int
          + coalesce((SELECT sum(change) FROM (${changes(
            "line.effective_at >= date_bin('1 hour', $2, 'epoch') AND line.effective_at <= $2",
          )}) AS lines), 0)::int AS "inUse"`,
    [tenantId, at],
  );
  return row.inUse;
}

/** A day, UTC: in use at its end, and the most that were at once, with the line that made it so; none when nothing happened that day and the day before ended higher. */
export interface DayRow {
  day: string;
  inUse: number;
  peak: number;
  /** null: the peak is what the day began with */
  peakAt: Date | null;
  peakSequence: string | null;
}

/** The days from one to another, both included, `YYYY-MM-DD`. */
export function days(tx: EntityManager, tenantId: string, from: string, to: string): Promise<DayRow[]> {
  return tx.query(
    `WITH before AS (
       SELECT coalesce(sum(net), 0) AS level FROM seat_hour WHERE tenant_id = $1 AND hour < $2::date::timestamp AT TIME ZONE 'UTC'
     ), hours AS (
       SELECT (hour AT TIME ZONE 'UTC')::date AS day, hour, net, peak, peak_at, peak_sequence,
              (SELECT level FROM before) + sum(net) OVER (ORDER BY hour) AS level_after
       FROM seat_hour
       WHERE tenant_id = $1 AND hour >= $2::date::timestamp AT TIME ZONE 'UTC'
         AND hour < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'
     ), by_day AS (
       SELECT day::date AS day,
              coalesce((SELECT level_after FROM hours WHERE hours.day <= d.day ORDER BY hour DESC LIMIT 1),
                       (SELECT level FROM before)) AS at_end,
              coalesce((SELECT level_after FROM hours WHERE hours.day < d.day ORDER BY hour DESC LIMIT 1),
                       (SELECT level FROM before)) AS at_start
       FROM generate_series($2::date::timestamp, $3::date::timestamp, interval '1 day') AS d (day)
     )
     SELECT to_char(by_day.day, 'YYYY-MM-DD') AS day, at_end::int AS "inUse",
            greatest(at_start, coalesce(high.level, 0))::int AS peak,
            CASE WHEN high.level > at_start THEN high.peak_at END AS "peakAt",
            CASE WHEN high.level > at_start THEN high.peak_sequence END AS "peakSequence"
     FROM by_day LEFT JOIN LATERAL (
       SELECT level_after - net + peak AS level, peak_at, peak_sequence FROM hours WHERE hours.day = by_day.day
       ORDER BY level_after - net + peak DESC, hour LIMIT 1) AS high ON true
     ORDER BY by_day.day`,
    [tenantId, from, to],
  );
}

/** Someone who had a seat at an instant. */
export interface Occupant {
  userId: string;
  /** as the person is called now */
  userName: string | null;
  /** when it was taken, by the last change before the instant */
  since: Date;
}

/** The people who had seats after a line, in the order of when things happened; a page in the order of their ids. */
export function occupants(
  tx: EntityManager,
  tenantId: string,
  moment: { at: Date; sequence: string | number },
  page: { after: string | undefined; limit: number },
): Promise<Occupant[]> {
  return tx.query(
    `SELECT held.user_id AS "userId", seat.user_name AS "userName", held.since
     FROM (
       SELECT tenant_id, user_id, max(effective_at) FILTER (WHERE change > 0) AS since
       FROM (
         SELECT tenant_id, user_id, sequence, effective_at,
                in_use - coalesce(lag(in_use) OVER (ORDER BY sequence), 0) AS change
         FROM ledger_line WHERE tenant_id = $1) AS lines
       WHERE (effective_at, sequence) <= ($2, $3) AND ($4::uuid IS NULL OR user_id > $4)
       GROUP BY tenant_id, user_id
       HAVING sum(change) > 0
       ORDER BY user_id LIMIT $5) AS held
     LEFT JOIN seat USING (tenant_id, user_id)
     ORDER BY held.user_id`,
    [tenantId, moment.at, moment.sequence, page.after ?? null, page.limit],
  );
}
