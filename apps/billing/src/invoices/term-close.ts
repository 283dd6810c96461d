import type { DataSource, EntityManager } from 'typeorm';
import { cloudEvent } from '#events/envelope';
import { TERM_CLOSED, type TermClosed } from '#events/term-closed.v1';
import { append } from '#outbox/append';
import { newId } from '#runtime/ids';
import { sum } from '../terms/money.ts';
import { paidState } from '../terms/running-term.ts';
import { forEachDue } from './due.ts';
import { inParts } from './in-parts.ts';
import type { InvoiceLine } from './invoice-line.ts';
import { addAdjustments, addInvoice, addInvoiceLines, adjustmentsIn, LINES_AT_ONCE } from './invoice-rows.ts';
import { billingTransaction } from './one-bill.ts';
import { takeRunningTerm, termAfter } from './running-terms.ts';
import { lateCorrections, TermBill } from './term-bill.ts';
import { addTerm, closeTerm, lastLedgerLine, lockTerms, openTerm, type TermRow } from './term-rows.ts';

const HOUR_MS = 3_600_000;

/**
 * Corrects and closes what is due, oldest first, each term in a transaction of its own.
 *
 * @param cutoffHours how long after its end a term is closed
 * @returns how many terms were closed
 */
export async function closeDueTerms(dataSource: DataSource, now: Date, cutoffHours: number): Promise<number> {
  await correctAll(dataSource, now);
  const endedBy = new Date(now.getTime() - cutoffHours * HOUR_MS);
  return forEachDue(dataSource, 'term WHERE closed_at IS NULL AND ends_at <= $2', [endedBy], async (tenantId) => {
    let closed = 0;
    while (await billingTransaction(dataSource, tenantId, (tx) => close(tx, tenantId, now, endedBy))) closed++;
    return closed;
  });
}

async function correctAll(dataSource: DataSource, now: Date): Promise<void> {
  await forEachDue(
    dataSource,
    'term JOIN balance USING (tenant_id) WHERE closed_at IS NULL AND number > 1 AND sequence > adjusted_through',
    [],
    (tenantId) => billingTransaction(dataSource, tenantId, (tx) => correctTenant(tx, tenantId, now)),
  );
}

async function correctTenant(tx: EntityManager, tenantId: string, now: Date): Promise<0 | 1> {
  await lockTerms(tx, tenantId);
  const open = await openTerm(tx, tenantId);
  const isCorrected = open && (await correct(tx, open, await lastLedgerLine(tx, tenantId), now));
  return isCorrected ? takeRunningTerm(tx, tenantId, now) : 0;
}

/** @returns whether something that was learned of late has changed what closed terms cost */
async function correct(tx: EntityManager, open: TermRow, through: number, now: Date): Promise<boolean> {
  const corrections = await lateCorrections(tx, open, through);
  await addAdjustments(tx, open.tenantId, open.number, corrections, now);
  await tx.query('UPDATE term SET adjusted_through = $3 WHERE tenant_id = $1 AND number = $2', [
    open.tenantId,
    open.number,
    through,
  ]);
  return corrections.length > 0;
}

/** Closes a tenant's open term if it ended by then: invoice, next term and event are one commit. @returns whether it did */
async function close(tx: EntityManager, tenantId: string, now: Date, endedBy: Date): Promise<boolean> {
  await lockTerms(tx, tenantId);
  const open = await openTerm(tx, tenantId);
  if (!open || open.endsAt > endedBy) return false;
  const through = await lastLedgerLine(tx, tenantId);
  await correct(tx, open, through, now);
  const bill = await TermBill.of(tx, open, through);
  const { currency } = open.plan;
  const invoiceId = newId();
  const lines = bill.lines(await adjustmentsIn(tx, tenantId, open.number));
  const { total, lineCount } = await addLines(tx, { tenantId, invoiceId, currency }, lines);
  const state = bill.seats();
  const seats = { inUse: state.inUse, ...paidState(state) };
  await closeTerm(tx, open, through, now);
  await addInvoice(tx, tenantId, {
    id: invoiceId,
    termNumber: open.number,
    currency,
    total,
    lineCount,
    seats,
    closedAt: now,
  });
  await addTerm(tx, { tenantId, adjustedThrough: through, ...(await termAfter(tx, open)) });
  await takeRunningTerm(tx, tenantId, now);
  const data: TermClosed = {
    number: open.number,
    startsAt: open.startsAt.toISOString(),
    endsAt: open.endsAt.toISOString(),
    closedAt: now.toISOString(),
    sequence: through,
    invoiceId,
    currency,
    total: Number(total),
    lines: lineCount,
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
  return true;
}

/** Writes the lines of an invoice. @returns what they come to */
async function addLines(
  tx: EntityManager,
  { currency, ...invoice }: { tenantId: string; invoiceId: string; currency: string },
  lines: Iterable<InvoiceLine>,
): Promise<{ total: bigint; lineCount: number }> {
  let [total, lineCount] = [0n, 0];
  for (const part of inParts(lines, LINES_AT_ONCE)) {
    await addInvoiceLines(tx, invoice, part, lineCount + 1);
    total = sum([total, ...part.map(({ amount }) => amount)], currency);
    lineCount += part.length;
  }
  return { total, lineCount };
}
