import { setImmediate as othersTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type {
  InvoiceAnswer,
  InvoiceLineAnswer,
  InvoiceSummary,
  PreviewInvoice,
  ShowInvoice,
} from '#billing-api/billing';
import { Clock } from '#runtime/clock';
import { decimal, sum } from '../terms/money.ts';
import { paidState } from '../terms/running-term.ts';
import { inParts } from './in-parts.ts';
import type { InvoiceLine } from './invoice-line.ts';
import {
  adjustmentsIn,
  type InvoiceRow,
  invoicePage,
  invoices,
  LINES_AT_ONCE,
  linesOfPerson,
  type NumberedLine,
  userNames,
} from './invoice-rows.ts';
import { oneBill } from './one-bill.ts';
import { lateCorrections, TermBill } from './term-bill.ts';
import { lastLedgerLine, openTerm, type TermRow } from './term-rows.ts';

/** A line of one person, with the invoice that it is of; a preview has no id. */
export interface InvoicedLine extends InvoiceLineAnswer {
  status: 'preview' | 'closed';
  invoiceId: string | null;
  term: number;
  /** ISO 4217 */
  currency: string;
}

/** Invoices as the billing team reads them: what is closed, and what the open term would be. */
@Injectable()
export class InvoicesService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The open term as it would be billed if nothing more happened, with the corrections of closed terms so far, also those
   * that are not kept yet. Undefined for a tenant without a plan.
   */
  async preview({ tenantId, after, limit }: PreviewInvoice): Promise<InvoiceAnswer | undefined> {
    const asOf = this.clock.now();
    return this.openTermBilled(tenantId, async (billed) => {
      const { open, bill } = billed;
      const { currency } = open.plan;
      const isOnPage = (_: InvoiceLine, number: number) => number > after && number <= after + limit;
      const { found: page, total, lineCount } = await readLines(billed, isOnPage);
      const names = await userNames(
        this.dataSource.manager,
        tenantId,
        page.map(({ userId }) => userId),
      );
      const state = bill.seats();
      return {
        invoiceId: null,
        status: 'preview',
        term: termOf({ termNumber: open.number, startsAt: open.startsAt, endsAt: open.endsAt }),
        asOf: asOf.toISOString(),
        currency,
        total: Number(total),
        totalDecimal: decimal(total, currency),
        lineCount,
        ...paidState(state),
        inUse: state.inUse,
        lines: page.map((line) => lineAnswer({ ...line, userName: names.get(line.userId) ?? null }, currency)),
        next: after + limit < lineCount ? after + limit : null,
      };
    });
  }

  /** What a person is billed: of the open term as it is now, then of closed invoices, newest first, so many at most. */
  async linesOf(tenantId: string, userId: string, limit: number): Promise<InvoicedLine[]> {
    const found = await this.openTermBilled(tenantId, async (billed) => {
      const { number: term, plan } = billed.open;
      const { currency } = plan;
      const { found: lines } = await readLines(billed, (line) => line.userId === userId);
      const own = lines.map(
        (line): InvoicedLine => ({ status: 'preview', invoiceId: null, term, currency, ...lineAnswer(line, currency) }),
      );
      return { currency, own };
    });
    if (!found) return [];
    const { currency, own } = found;
    const closed = await linesOfPerson(this.dataSource.manager, tenantId, userId, limit);
    return [
      ...own,
      ...closed.map(
        ({ invoiceId, term, ...line }): InvoicedLine => ({
          status: 'closed',
          invoiceId,
          term,
          currency,
          ...lineAnswer({ ...line, userName: null }, currency),
        }),
      ),
    ].slice(0, limit);
  }

  /** A tenant's closed invoices, newest first. */
  async list(tenantId: string): Promise<InvoiceSummary[]> {
    return (await invoices(this.dataSource.manager, tenantId)).map(summary);
  }

  /** A closed invoice with a page of its lines; undefined when the tenant has none of this id. */
  async show({ tenantId, invoiceId, after, limit }: ShowInvoice): Promise<InvoiceAnswer | undefined> {
    const tx = this.dataSource.manager;
    const [invoice] = await invoices(tx, tenantId, invoiceId);
    if (!invoice) return undefined;
    const lines = await invoicePage(tx, tenantId, invoiceId, after, limit);
    return {
      ...summary(invoice),
      lines: lines.map((line) => lineAnswer(line, invoice.currency)),
      next: after + limit < invoice.lineCount ? after + limit : null,
    };
  }

  /** Bills the open term, with the corrections of closed ones, also those that are not kept yet; nothing without a plan. */
  private openTermBilled<T>(tenantId: string, read: (billed: Billed) => Promise<T>): Promise<T | undefined> {
    return oneBill(tenantId, async () => {
      // of one moment: corrections are either kept already or still to be found
      const billed = await this.dataSource.transaction('REPEATABLE READ', async (tx): Promise<Billed | undefined> => {
        const open = await openTerm(tx, tenantId);
        if (!open) return undefined;
        const through = await lastLedgerLine(tx, tenantId);
        const kept = await adjustmentsIn(tx, tenantId, open.number);
        const corrections = [...kept, ...(await lateCorrections(tx, open, through))];
        return { open, bill: await TermBill.of(tx, open, through), corrections };
      });
      return billed && read(billed);
    });
  }
}

/** An open term, what it costs, and what corrects the terms before it. */
interface Billed {
  open: TermRow;
  bill: TermBill;
  corrections: InvoiceLine[];
}

/** Goes through all lines and keeps those that are wanted; now and then the process does what else there is to do. */
async function readLines({ open, bill, corrections }: Billed, wanted: (line: InvoiceLine, number: number) => boolean) {
  const found: NumberedLine[] = [];
  let [total, lineCount] = [0n, 0];
  for (const part of inParts(bill.lines(corrections), LINES_AT_ONCE)) {
    for (const line of part) {
      lineCount++;
      if (wanted(line, lineCount)) found.push({ ...line, number: lineCount, userName: null });
    }
    total = sum([total, ...part.map(({ amount }) => amount)], open.plan.currency);
    await othersTurn();
  }
  return { found, total, lineCount };
}

function summary(invoice: InvoiceRow): InvoiceSummary {
  const { id, closedAt, currency, total, lineCount, seats } = invoice;
  return {
    invoiceId: id,
    status: 'closed',
    term: termOf(invoice),
    asOf: closedAt.toISOString(),
    currency,
    total: Number(total),
    totalDecimal: decimal(total, currency),
    lineCount,
    ...seats,
  };
}

function termOf({ termNumber, startsAt, endsAt }: Pick<InvoiceRow, 'termNumber' | 'startsAt' | 'endsAt'>) {
  return { number: termNumber, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() };
}

function lineAnswer(line: NumberedLine, currency: string): InvoiceLineAnswer {
  const { number, kind, userId, userName, seatClass, fromDay, days, fullDays, price, amount, ledgerLine } = line;
  return {
    number,
    kind,
    userId,
    ...(userName !== null && { userName }),
    seatClass,
    fromDay,
    days,
    fullDays,
    price,
    amount: Number(amount),
    amountDecimal: decimal(amount, currency),
    ledgerLines: [ledgerLine],
    ...(line.correctsTerm !== null && { correctsTerm: line.correctsTerm, removed: line.removed }),
  };
}
