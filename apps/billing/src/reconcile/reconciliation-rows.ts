import type { DataSource } from 'typeorm';
import { type CheckedSeat, isSetRight, type Reconciliation, type ReconciliationSummary } from '#billing-api/ledger';
import { isUniqueViolation } from '#postgres/postgres-error';

/** Differences that a report keeps; where there are more, something is wrong that one sees by then. */
const KEPT = 1_000;
/** Reports of a tenant that are kept. */
const REPORTS = 400;
/** A running one that gave no sign of life for so long was cut off with its process. */
const SILENT = "interval '2 minutes'";
const CUT_OFF = 'It was cut off, because its process ended. Start another one.';

interface Row extends Omit<ReconciliationSummary, 'startedAt' | 'finishedAt'> {
  startedAt: Date;
  finishedAt: Date | null;
}

const SUMMARY = `id, status, asked_by AS "askedBy", started_at AS "startedAt", finished_at AS "finishedAt", people,
  difference_count AS "differenceCount", problem`;

/** Notes that one begins. @returns false while another one of the tenant is under way */
export async function beginReconciliation(
  dataSource: DataSource,
  { tenantId, id, askedBy, now }: { tenantId: string; id: string; askedBy: string; now: Date },
): Promise<boolean> {
  await dataSource.query(
    `UPDATE reconciliation SET status = 'failed', problem = $2, finished_at = $3
     WHERE tenant_id = $1 AND status = 'running' AND alive_at < $3::timestamptz - ${SILENT}`,
    [tenantId, CUT_OFF, now],
  );
  try {
    await dataSource.query(
      `INSERT INTO reconciliation (tenant_id, id, status, asked_by, started_at, alive_at) VALUES ($1, $2, 'running', $3, $4, $4)`,
      [tenantId, id, askedBy, now],
    );
    return true;
  } catch (error) {
    if (isUniqueViolation(error, 'a_tenant_is_reconciled_once_at_a_time')) return false;
    throw error;
  }
}

export async function noteProgress(
  dataSource: DataSource,
  { tenantId, id, people, now }: { tenantId: string; id: string; people: number; now: Date },
): Promise<void> {
  await dataSource.query('UPDATE reconciliation SET people = $3, alive_at = $4 WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    id,
    people,
    now,
  ]);
}

/** Writes the report, and drops those that are too many. @param outcome what was found, or why it failed */
export async function endReconciliation(
  dataSource: DataSource,
  { tenantId, id, now }: { tenantId: string; id: string; now: Date },
  outcome: { people: number; differences: CheckedSeat[] } | { problem: string },
): Promise<void> {
  const found = 'problem' in outcome ? undefined : outcome;
  const status = !found ? 'failed' : found.differences.length > 0 ? 'differed' : 'agreed';
  const differences = found?.differences ?? [];
  await dataSource.query(
    `UPDATE reconciliation
     SET status = $3, finished_at = $4, people = coalesce($5, people), problem = $6, differences = $7,
         difference_count = $8, left_count = $9
     WHERE tenant_id = $1 AND id = $2`,
    [
      tenantId,
      id,
      status,
      now,
      found?.people ?? null,
      'problem' in outcome ? outcome.problem : null,
      JSON.stringify(differences.slice(0, KEPT)),
      differences.length,
      differences.filter((seat) => !isSetRight(seat)).length,
    ],
  );
  await dataSource.query(
    `DELETE FROM reconciliation WHERE tenant_id = $1 AND id <= (
       SELECT id FROM reconciliation WHERE tenant_id = $1 ORDER BY id DESC OFFSET ${REPORTS} LIMIT 1)`,
    [tenantId],
  );
}

/** A tenant's reports, the newest first. */
export async function reconciliations(
  dataSource: DataSource,
  tenantId: string,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<ReconciliationSummary[]> {
  const rows: Row[] = await dataSource.query(
    `SELECT ${SUMMARY} FROM reconciliation
     WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [tenantId, before ?? null, limit],
  );
  return rows.map(told);
}

/** The report of this id, or without one that under way; undefined when there is none. */
export async function reconciliation(
  dataSource: DataSource,
  tenantId: string,
  id?: string,
): Promise<Reconciliation | undefined> {
  const rows: (Row & { differences: CheckedSeat[] })[] = await dataSource.query(
    `SELECT ${SUMMARY}, differences FROM reconciliation
     WHERE tenant_id = $1 AND CASE WHEN $2::uuid IS NULL THEN status = 'running' ELSE id = $2 END`,
    [tenantId, id ?? null],
  );
  return rows.map((row) => ({ ...told(row), differences: row.differences }))[0];
}

function told<R extends Row>(row: R) {
  return { ...row, startedAt: row.startedAt.toISOString(), finishedAt: row.finishedAt?.toISOString() ?? null };
}
