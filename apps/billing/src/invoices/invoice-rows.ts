import type { EntityManager } from 'typeorm';
import { pages } from '#postgres/pages';
import type { PerClass } from '../terms/plan.ts';
import { inParts } from './in-parts.ts';
import type { InvoiceLine } from './invoice-line.ts';

/** Seats at the end of a term as its invoice tells them. */
export interface InvoiceSeats {
  purchased: PerClass;
  available: PerClass;
  inUse: PerClass;
  peak: { seats: PerClass; at: string };
}

/** A closed term's invoice. */
export interface InvoiceRow {
  id: string;
  termNumber: number;
  startsAt: Date;
  endsAt: Date;
  currency: string;
  total: bigint;
  lineCount: number;
  seats: InvoiceSeats;
  closedAt: Date;
}

/** A line with its place in the invoice, and the person's name as it is now. */
export type NumberedLine = InvoiceLine & { number: number; userName: string | null };

type LineRow = Omit<NumberedLine, 'price' | 'amount' | 'ledgerLine'> &
  Record<'price' | 'amount' | 'ledgerLine', string>;

const LINE_COLUMNS =
  'corrects_term, removed, kind, user_id, seat_class, from_day, days, full_days, price, amount, ledger_line';
const LINE_VALUES = `number, "correctsTerm", removed, kind, "userId", "seatClass", "fromDay", days, "fullDays", price, amount,
  "ledgerLine"`;
const LINE_SHAPE = `AS line (number integer, "correctsTerm" integer, removed boolean, kind text, "userId" uuid,
  "seatClass" text, "fromDay" date, days integer, "fullDays" integer, price bigint, amount bigint, "ledgerLine" bigint)`;
/** Lines that a statement writes or reads, and that are in memory at once. */
export const LINES_AT_ONCE = 10_000;

/** Adds lines of an invoice, which is written after them. @param first the number of the first of them */
export async function addInvoiceLines(
  tx: EntityManager,
  { tenantId, invoiceId }: { tenantId: string; invoiceId: string },
  lines: readonly InvoiceLine[],
  first: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO invoice_line (tenant_id, invoice_id, number, ${LINE_COLUMNS})
     SELECT $1, $2, ${LINE_VALUES} FROM json_to_recordset($3::json) ${LINE_SHAPE}`,
    [tenantId, invoiceId, numberedJson(lines, first)],
  );
}

export async function addInvoice(
  tx: EntityManager,
  tenantId: string,
  { id, termNumber, currency, total, lineCount, seats, closedAt }: Omit<InvoiceRow, 'startsAt' | 'endsAt'>,
): Promise<void> {
  await tx.query(
    `INSERT INTO invoice (tenant_id, id, term_number, currency, total, line_count, seats, closed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tenantId, id, termNumber, currency, String(total), lineCount, JSON.stringify(seats), closedAt],
  );
}

/** Adds corrections of closed terms to an open one. */
export async function addAdjustments(
  tx: EntityManager,
  tenantId: string,
  termNumber: number,
  lines: readonly InvoiceLine[],
  recordedAt: Date,
): Promise<void> {
  if (lines.length === 0) return;
  const [row]: { next: number }[] = await tx.query(
    `SELECT coalesce(max(number), 0)::integer + 1 AS next FROM adjustment WHERE tenant_id = $1 AND term_number = $2`,
    [tenantId, termNumber],
  );
  let next = row?.next ?? 1;
  for (const part of inParts(lines, LINES_AT_ONCE)) {
    await tx.query(
      `INSERT INTO adjustment (tenant_id, term_number, recorded_at, number, ${LINE_COLUMNS})
       SELECT $1, $2, $3, ${LINE_VALUES} FROM json_to_recordset($4::json) ${LINE_SHAPE}`,
      [tenantId, termNumber, recordedAt, numberedJson(part, next)],
    );
    next += part.length;
  }
}

const SELECTED = `line.number, corrects_term AS "correctsTerm", removed, line.kind, line.user_id AS "userId",
       line.seat_class AS "seatClass", from_day::text AS "fromDay", days, full_days AS "fullDays", price, amount,
       ledger_line AS "ledgerLine", seat.user_name AS "userName"`;
const LINES_OF = (table: string) => `
SELECT ${SELECTED}
FROM ${table} line LEFT JOIN seat USING (tenant_id, user_id)
WHERE line.tenant_id = $1`;

/** The corrections that an open term has so far. */
export function adjustmentsIn(tx: EntityManager, tenantId: string, termNumber: number): Promise<NumberedLine[]> {
  return lines(tx, `${LINES_OF('adjustment')} AND term_number = $2 ORDER BY line.number`, [tenantId, termNumber]);
}

/** All that was billed for a closed term, in parts: its invoice's own lines in their order, and every correction of it since. */
export async function* billedFor(
  tx: EntityManager,
  tenantId: string,
  termNumber: number,
): AsyncGenerator<InvoiceLine[], void> {
  yield* pages(LINES_AT_ONCE, (last?: NumberedLine) =>
    lines(
      tx,
      `${LINES_OF('invoice_line')} AND corrects_term IS NULL AND line.number > $3
         AND invoice_id = (SELECT id FROM invoice WHERE tenant_id = $1 AND term_number = $2)
       ORDER BY line.number LIMIT ${LINES_AT_ONCE}`,
      [tenantId, termNumber, last?.number ?? 0],
    ),
  );
  yield await lines(tx, `${LINES_OF('adjustment')} AND corrects_term = $2`, [tenantId, termNumber]);
}

/** A page of an invoice's lines after a number. */
export function invoicePage(
  tx: EntityManager,
  tenantId: string,
  invoiceId: string,
  after: number,
  limit: number,
): Promise<NumberedLine[]> {
  return lines(
    tx,
    `${LINES_OF('invoice_line')} AND invoice_id = $2 AND line.number > $3::bigint ORDER BY line.number LIMIT $4`,
    [tenantId, invoiceId, after, limit],
  );
}

/** A person's lines of closed invoices, those of the newest invoice first. */
export function linesOfPerson(
  tx: EntityManager,
  tenantId: string,
  userId: string,
  limit: number,
): Promise<(NumberedLine & { invoiceId: string; term: number })[]> {
  return lines(
    tx,
    `SELECT ${SELECTED}, invoice.id AS "invoiceId", term_number AS term
     FROM invoice_line line JOIN invoice ON invoice.tenant_id = line.tenant_id AND invoice.id = line.invoice_id
     LEFT JOIN seat ON seat.tenant_id = line.tenant_id AND seat.user_id = line.user_id
     WHERE line.tenant_id = $1 AND line.user_id = $2 ORDER BY term_number DESC, line.number LIMIT $3`,
    [tenantId, userId, limit],
  );
}

/** A tenant's invoices, newest first; one of them, with its id. */
export async function invoices(tx: EntityManager, tenantId: string, id?: string): Promise<InvoiceRow[]> {
  const rows: (Omit<InvoiceRow, 'total'> & { total: string })[] = await tx.query(
    `SELECT invoice.id, term_number AS "termNumber", starts_at AS "startsAt", ends_at AS "endsAt", currency, total,
            line_count AS "lineCount", seats, invoice.closed_at AS "closedAt"
     FROM invoice JOIN term ON term.tenant_id = invoice.tenant_id AND term.number = term_number
     WHERE invoice.tenant_id = $1 AND ($2::uuid IS NULL OR invoice.id = $2)
     ORDER BY term_number DESC`,
    [tenantId, id ?? null],
  );
  return rows.map((row) => ({ ...row, total: BigInt(row.total) }));
}

/** The names of these people, as they are now. */
export async function userNames(
  tx: EntityManager,
  tenantId: string,
  userIds: readonly string[],
): Promise<Map<string, string>> {
  const rows: { userId: string; userName: string }[] = await tx.query(
    'SELECT user_id AS "userId", user_name AS "userName" FROM seat WHERE tenant_id = $1 AND user_id = ANY ($2::uuid[])',
    [tenantId, userIds],
  );
  return new Map(rows.map(({ userId, userName }) => [userId, userName]));
}

async function lines<More extends object = object>(
  tx: EntityManager,
  text: string,
  values: unknown[],
): Promise<(NumberedLine & More)[]> {
  const rows: (LineRow & More)[] = await tx.query(text, values);
  return rows.map((row) => ({
    ...row,
    price: Number(row.price),
    amount: BigInt(row.amount),
    ledgerLine: Number(row.ledgerLine),
  }));
}

function numberedJson(lines: readonly InvoiceLine[], first: number): string {
  return JSON.stringify(lines.map((line, index) => ({ ...line, amount: String(line.amount), number: first + index })));
}
