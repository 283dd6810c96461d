import type { DataSource, EntityManager } from 'typeorm';
import { cloudEvent } from '#events/envelope';
import { TERM_CLOSED, type TermClosed } from '#events/term-closed.v1';
import { append } from '#outbox/append';
import { transaction } from '#postgres/transaction';
import { newId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { termFrom } from '../terms/calendar.ts';
import { sum } from '../terms/money.ts';
import { addAdjustments, addInvoice, addInvoiceLines, adjustmentsIn } from './invoice-rows.ts';
import { billTerm, lateCorrections } from './term-bill.ts';
import { addTerm, closeTerm, lastLedgerLine, openTerm, planOfTerm, type TermRow } from './term-rows.ts';

/** Advisory lock of the one process that closes terms: any number that no other lock of the database has. */
const CLOSING = 1_765_100_000;
const HOUR_MS = 3_600_000;
/** Tenants looked at in one query. */
const BATCH = 500;

/**
 * Corrects and closes what is due, oldest first, each term in a transaction of its own; a term that fails is logged and tried
 * again in the next run, and holds up no other tenant's. Does nothing while another process is at it.
 *
 * @param cutoffHours how long after its end a term is closed
 * @returns how many terms were closed
 */
export async function closeDueTerms(dataSource: DataSource, now: Date, cutoffHours: number): Promise<number> {
  const session = dataSource.createQueryRunner();
  try {
    const [lock]: { held: boolean }[] = await session.query('SELECT pg_try_advisory_lock($1) AS held', [CLOSING]);
    if (!lock?.held) return 0;
    try {
      await correctAll(dataSource, now);
      return await closeAll(dataSource, now, new Date(now.getTime() - cutoffHours * HOUR_MS));
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [CLOSING]);
    }
  } finally {
    await session.release();
  }
}

async function correctAll(dataSource: DataSource, now: Date): Promise<void> {
  const late: { tenantId: string }[] = await dataSource.query(
    `SELECT term.tenant_id AS "tenantId"
     FROM term JOIN balance USING (tenant_id)
     WHERE closed_at IS NULL AND number > 1 AND sequence > adjusted_through`,
  );
  for (const { tenantId } of late) {
    await attempt(tenantId, () =>
      transaction(dataSource, async (tx) => {
        const open = await openTerm(tx, tenantId, true);
        if (open) await correct(tx, open, await lastLedgerLine(tx, tenantId), now);
      }),
    );
  }
}

/** A tenant that fails is passed over; the others are asked for again until none of them is due. */
async function closeAll(dataSource: DataSource, now: Date, endedBy: Date): Promise<number> {
  const failed = new Set<string>();
  let closed = 0;
  for (;;) {
    const due: { tenantId: string }[] = await dataSource.query(
      `SELECT tenant_id AS "tenantId" FROM term
       WHERE closed_at IS NULL AND ends_at <= $1 AND NOT tenant_id = ANY ($2::uuid[]) ORDER BY ends_at LIMIT ${BATCH}`,
      [endedBy, [...failed]],
    );
    if (due.length === 0) return closed;
    for (const { tenantId } of due) {
      const done = await attempt(tenantId, () => transaction(dataSource, (tx) => close(tx, tenantId, now, endedBy)));
      if (done) closed++;
      else failed.add(tenantId);
    }
  }
}

async function attempt(tenantId: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    logger.error({ err: error, tenantId }, 'a term could not be corrected or closed, trying again in the next run');
    return false;
  }
}

async function correct(tx: EntityManager, open: TermRow, through: number, now: Date): Promise<void> {
  await addAdjustments(tx, open.tenantId, open.number, await lateCorrections(tx, open, through), now);
  await tx.query('UPDATE term SET adjusted_through = $3 WHERE tenant_id = $1 AND number = $2', [
    open.tenantId,
    open.number,
    through,
  ]);
}

/** Closes a tenant's open term if it ended by then: invoice, next term and event are one commit. */
async function close(tx: EntityManager, tenantId: string, now: Date, endedBy: Date): Promise<void> {
  const open = await openTerm(tx, tenantId, true);
  if (!open || open.endsAt > endedBy) return;
  const through = await lastLedgerLine(tx, tenantId);
  await correct(tx, open, through, now);
  const { bill, lines: own } = await billTerm(tx, open, through);
  const lines = [...own, ...(await adjustmentsIn(tx, tenantId, open.number))];
  const { currency } = open.plan;
  const total = sum(
    lines.map(({ amount }) => amount),
    currency,
  );
  const { purchased, available, inUse, peak } = bill;
  const seats = { purchased, available, inUse, peak: { seats: peak.seats, at: peak.at.toISOString() } };
  const invoiceId = newId();
  await addInvoiceLines(tx, tenantId, invoiceId, lines);
  await closeTerm(tx, open, through, now);
  await addInvoice(tx, tenantId, {
    id: invoiceId,
    termNumber: open.number,
    currency,
    total,
    lineCount: lines.length,
    seats,
    closedAt: now,
  });
  await openNext(tx, open, through);
  const data: TermClosed = {
    number: open.number,
    startsAt: open.startsAt.toISOString(),
    endsAt: open.endsAt.toISOString(),
    closedAt: now.toISOString(),
    sequence: through,
    invoiceId,
    currency,
    total: Number(total),
    lines: lines.length,
    policy: open.plan.policy,
    ...seats,
  };
  await append(
    tx,
    cloudEvent({
      source: 'rollcall/billing',
      type: TERM_CLOSED,
      tenantId,
      subject: `terms/${open.number}`,
      version: open.number,
      time: open.endsAt,
      cause: { commandId: newId(), requestId: 'term-close', actor: 'billing' },
      data,
    }),
  );
}

async function openNext(tx: EntityManager, closed: TermRow, through: number): Promise<void> {
  const number = closed.number + 1;
  const next = await planOfTerm(tx, closed.tenantId, number);
  if (!next) throw new Error(`tenant ${closed.tenantId} has no plan for term ${number}`);
  const { end } = termFrom(closed.endsAt, next.plan);
  await addTerm(tx, {
    tenantId: closed.tenantId,
    number,
    planVersion: next.version,
    startsAt: closed.endsAt,
    endsAt: end,
    adjustedThrough: through,
  });
}
