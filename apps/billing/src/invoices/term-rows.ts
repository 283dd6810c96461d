import type { EntityManager } from 'typeorm';
import { DEFAULT_LIGHT_GROUP } from '../classes/seat-class.ts';
import type { Plan } from '../terms/plan.ts';

/** A term of a tenant with the plan it is billed by. */
export interface TermRow {
  tenantId: string;
  number: number;
  planVersion: number;
  plan: Plan;
  startsAt: Date;
  endsAt: Date;
  /** the last ledger line that was looked at for corrections of closed terms */
  adjustedThrough: number;
  closedAt: Date | null;
}

type Row = Omit<TermRow, 'adjustedThrough'> & { adjustedThrough: string };

const TERM = `
SELECT term.tenant_id AS "tenantId", term.number, term.plan_version AS "planVersion", plan.content AS plan,
       term.starts_at AS "startsAt", term.ends_at AS "endsAt", term.adjusted_through AS "adjustedThrough",
       term.closed_at AS "closedAt"
FROM term JOIN plan ON plan.tenant_id = term.tenant_id AND plan.version = term.plan_version
WHERE term.tenant_id = $1`;

/**
 * Until the transaction ends nobody else sets a plan of the tenant, closes a term of it or corrects one. To be taken before
 * the balance is locked, and before terms are read: a statement that waited would read them as they were before.
 */
export async function lockTerms(tx: EntityManager, tenantId: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1765100000))', [`terms of ${tenantId}`]);
}

/** The tenant's open term, the one that is not closed; undefined for a tenant without a plan. */
export async function openTerm(tx: EntityManager, tenantId: string): Promise<TermRow | undefined> {
  const rows: Row[] = await tx.query(`${TERM} AND closed_at IS NULL`, [tenantId]);
  return rows.map(termRow)[0];
}

/** Closed terms that something of this time, or of later, may have been part of; oldest first. */
export async function closedTermsSince(tx: EntityManager, tenantId: string, since: Date): Promise<TermRow[]> {
  const rows: Row[] = await tx.query(`${TERM} AND closed_at IS NOT NULL AND ends_at > $2 ORDER BY number`, [
    tenantId,
    since,
  ]);
  return rows.map(termRow);
}

export async function addTerm(
  tx: EntityManager,
  { tenantId, number, planVersion, startsAt, endsAt, adjustedThrough }: Omit<TermRow, 'plan' | 'closedAt'>,
): Promise<void> {
  await tx.query(
    `INSERT INTO term (tenant_id, number, plan_version, starts_at, ends_at, adjusted_through)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [tenantId, number, planVersion, startsAt, endsAt, adjustedThrough],
  );
}

export async function closeTerm(
  tx: EntityManager,
  { tenantId, number }: Pick<TermRow, 'tenantId' | 'number'>,
  through: number,
  at: Date,
): Promise<void> {
  await tx.query('UPDATE term SET closed_at = $4, closed_through = $3 WHERE tenant_id = $1 AND number = $2', [
    tenantId,
    number,
    through,
    at,
  ]);
}

/** The number of the tenant's last ledger line: all lines up to it are there, because their commit put it there. */
export async function lastLedgerLine(tx: EntityManager, tenantId: string): Promise<number> {
  const [balance]: { sequence: string }[] = await tx.query('SELECT sequence FROM balance WHERE tenant_id = $1', [
    tenantId,
  ]);
  return Number(balance?.sequence ?? 0);
}

/** A version of a tenant's plan; it holds from term `fromTerm` on, until a later version does. */
export interface PlanRow {
  version: number;
  fromTerm: number;
  plan: Plan;
  createdAt: Date;
}

const PLAN = `
SELECT version, from_term AS "fromTerm", content AS plan, created_at AS "createdAt" FROM plan WHERE tenant_id = $1`;

/** The plan of a term: the newest version that holds by then. */
export async function planOfTerm(tx: EntityManager, tenantId: string, number: number): Promise<PlanRow | undefined> {
  const rows: PlanRow[] = await tx.query(`${PLAN} AND from_term <= $2 ORDER BY version DESC LIMIT 1`, [
    tenantId,
    number,
  ]);
  return rows.map((row) => ({ ...row, plan: planIn(row.plan) }))[0];
}

export async function addPlan(
  tx: EntityManager,
  tenantId: string,
  { version, fromTerm, plan, createdAt }: PlanRow,
  actor: string,
): Promise<void> {
  await tx.query(
    `INSERT INTO plan (tenant_id, version, from_term, content, actor, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [tenantId, version, fromTerm, JSON.stringify(plan), actor, createdAt],
  );
}

/** The newest version there is, 0 without any. */
export async function lastPlanVersion(tx: EntityManager, tenantId: string): Promise<number> {
  const [row]: { version: number }[] = await tx.query(
    'SELECT coalesce(max(version), 0)::integer AS version FROM plan WHERE tenant_id = $1',
    [tenantId],
  );
  return row?.version ?? 0;
}

/** A plan as it was stored, also of before plans named the light group. */
function planIn(content: Omit<Plan, 'lightGroup'> & Partial<Plan>): Plan {
  return { lightGroup: DEFAULT_LIGHT_GROUP, ...content };
}

function termRow({ adjustedThrough, ...row }: Row): TermRow {
  return { ...row, plan: planIn(row.plan), adjustedThrough: Number(adjustedThrough) };
}
