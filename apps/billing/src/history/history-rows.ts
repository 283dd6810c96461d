import type { EntityManager } from 'typeorm';
import { BEFORE_ALL } from '#runtime/ids';

/** A ledger's lines with what each changed of the seats in use, and of the light ones among them. `condition` speaks of `line`. */
const changes = (condition: string) => `
SELECT line.tenant_id, line.sequence, line.effective_at, moved.change,
       CASE line.seat_class WHEN 'light' THEN CASE line.kind WHEN 'class_changed' THEN 1 ELSE moved.change END
                            ELSE CASE line.kind WHEN 'class_changed' THEN -1 ELSE 0 END END AS light_change
FROM ledger_line line, LATERAL (
  SELECT CASE coalesce(line.adjusted_to, line.kind) WHEN 'occupied' THEN 1 WHEN 'released' THEN -1 ELSE 0 END AS change) AS moved
WHERE line.tenant_id = $1 AND ${condition}`;

/** Where the quarter of an hour of an instant begins: of such is every zone's day made since 1972. */
const quarterOf = (instant: string) => `date_bin('15 minutes', ${instant}, 'epoch')`;

/**
 * Quarters in which something of these lines happened, reckoned anew from all lines of each: OFFSET 0 keeps each of them a look
 * into the index. What happens at one moment happens at once: a peak is after the last line of its moment.
 */
const RECKON = `
INSERT INTO seat_quarter_hour (tenant_id, starts_at, net, net_light, peak, peak_at, peak_sequence)
SELECT DISTINCT ON (starts_at) tenant_id, starts_at,
       sum(change) OVER (PARTITION BY starts_at), sum(light_change) OVER (PARTITION BY starts_at),
       so_far, effective_at, sequence
FROM (
  SELECT c.*, touched.starts_at,
         sum(c.change) OVER (PARTITION BY touched.starts_at ORDER BY c.effective_at) AS so_far
  FROM (SELECT DISTINCT ${quarterOf('effective_at')} AS starts_at FROM ledger_line
        WHERE tenant_id = $1 AND sequence > $2 AND sequence <= $3) AS touched,
  LATERAL (${changes("line.sequence <= $3 AND line.effective_at >= touched.starts_at AND line.effective_at < touched.starts_at + interval '15 minutes' OFFSET 0")}) AS c
) AS lines
ORDER BY starts_at, so_far DESC, effective_at, sequence DESC
ON CONFLICT (tenant_id, starts_at) DO UPDATE
SET net = excluded.net, net_light = excluded.net_light,
    peak = excluded.peak, peak_at = excluded.peak_at, peak_sequence = excluded.peak_sequence`;

/** Lines of one transaction. */
const STEP = 100_000;

/**
 * Brings the quarters of a tenant up to the ledger's last line, in steps. Lines of a tenant are numbered without a gap and in the
 * order of their commits (the balance is locked), so those after the last that was reckoned are all that is new; each touches the
 * quarter in which it happened, however late it was learned of.
 */
export async function reckon(tx: EntityManager, tenantId: string): Promise<void> {
  const [balance] = await tx.query('SELECT sequence FROM balance WHERE tenant_id = $1', [tenantId]);
  const last = Number(balance?.sequence ?? 0);
  let done = await reckonedThrough(tx, tenantId);
  while (done < last) done = await reckonStep(tx, tenantId, last);
}

/** The line that the quarters are up to, 0 when there is none: what is read of lines beside them may reach no further. */
export async function reckonedThrough(tx: EntityManager, tenantId: string): Promise<number> {
  const [known] = await tx.query('SELECT sequence FROM seat_history WHERE tenant_id = $1', [tenantId]);
  return Number(known?.sequence ?? 0);
}

/** @returns the line that the quarters are up to now */
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

/** Seats in use at a moment. */
export interface Level {
  inUse: number;
  /** how many of them are light */
  light: number;
}

/** What is known of a tenant: its ledger up to a line, which is the one that the quarters are up to. */
export interface Known {
  tenantId: string;
  through: number;
}

/** Seats in use at an instant: the quarters before it, and the lines of its own up to it. */
export async function levelAt(tx: EntityManager, { tenantId, through }: Known, at: Date): Promise<Level> {
  const [row] = await tx.query(
    `SELECT sum(net)::int AS "inUse", sum(net_light)::int AS light FROM (
       SELECT coalesce(sum(net), 0) AS net, coalesce(sum(net_light), 0) AS net_light
       FROM seat_quarter_hour WHERE tenant_id = $1 AND starts_at < ${quarterOf('$2')}
       UNION ALL
       SELECT coalesce(sum(change), 0), coalesce(sum(light_change), 0)
       FROM (${changes(`line.effective_at >= ${quarterOf('$2')} AND line.effective_at <= $2 AND line.sequence <= $3`)}) AS lines) AS parts`,
    [tenantId, at, through],
  );
  return row;
}

/** What some days changed, of those in which something happened. */
export interface ChangedDay {
  /** place in what was asked for, from 0 */
  index: number;
  net: number;
  light: number;
  /** the highest point above what the day began with; below it when it never came to that */
  high: number;
  highAt: Date;
  /** of the last ledger line of that moment */
  highSequence: string;
}

/** What lines of the very moments in which days begin changed of the seats in use, by the place of the day; 0 where there are none. */
export async function changedAtStart(
  tx: EntityManager,
  { tenantId, through }: Known,
  starts: Date[],
): Promise<number[]> {
  const rows: { change: number }[] = await tx.query(
    `SELECT (SELECT coalesce(sum(change), 0)::int FROM (
       ${changes('line.effective_at = day.starts_at AND line.sequence <= $3')}) AS lines) AS change
     FROM unnest($2::timestamptz[]) WITH ORDINALITY AS day (starts_at, number) ORDER BY day.number`,
    [tenantId, starts, through],
  );
  return rows.map(({ change }) => change);
}

/** @param days each [start, end), of whole quarters of an hour, one after the other */
export function changedDays(
  tx: EntityManager,
  tenantId: string,
  days: readonly { start: Date; end: Date }[],
): Promise<ChangedDay[]> {
  return tx.query(
    `SELECT DISTINCT ON (index) index,
            (sum(net) OVER (PARTITION BY index))::int AS net, (sum(net_light) OVER (PARTITION BY index))::int AS light,
            so_far::int AS high, peak_at AS "highAt", peak_sequence AS "highSequence"
     FROM (
       SELECT (day.number - 1)::int AS index, quarter.*,
              sum(net) OVER (PARTITION BY day.number ORDER BY quarter.starts_at) - net + peak AS so_far
       FROM unnest($2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS day (starts_at, ends_at, number)
       JOIN seat_quarter_hour quarter
         ON tenant_id = $1 AND quarter.starts_at >= day.starts_at AND quarter.starts_at < day.ends_at) AS quarters
     ORDER BY index, so_far DESC, starts_at`,
    [tenantId, days.map(({ start }) => start), days.map(({ end }) => end)],
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
  { tenantId, through }: Known,
  moment: { at: Date; sequence: string | number },
  page: { after: string | undefined; limit: number },
): Promise<Occupant[]> {
  return tx.query(
    `SELECT held.user_id AS "userId", seat.user_name AS "userName", held.since
     FROM (
       SELECT tenant_id, user_id, max(effective_at) FILTER (WHERE change > 0) AS since
       FROM (
         SELECT tenant_id, user_id, effective_at,
                CASE coalesce(adjusted_to, kind) WHEN 'occupied' THEN 1 WHEN 'released' THEN -1 ELSE 0 END AS change
         FROM ledger_line
         WHERE tenant_id = $1 AND user_id > $4 AND sequence <= $6 AND (effective_at, sequence) <= ($2, $3)) AS lines
       GROUP BY tenant_id, user_id
       HAVING sum(change) > 0
       ORDER BY user_id LIMIT $5) AS held
     LEFT JOIN seat USING (tenant_id, user_id)
     ORDER BY held.user_id`,
    [tenantId, moment.at, moment.sequence, page.after ?? BEFORE_ALL, page.limit, through],
  );
}
