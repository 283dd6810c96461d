import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type {
  InvoiceAnswer,
  InvoiceLineAnswer,
  InvoiceSummary,
  PreviewInvoice,
  ShowInvoice,
} from '#billing-api/billing';
import { Clock } from '#runtime/clock';
import { decimal, sum } from '../terms/money.ts';
import {
  adjustmentsIn,
  type InvoiceRow,
  invoicePage,
  invoices,
  linesOfPerson,
  type NumberedLine,
  userNames,
} from './invoice-rows.ts';
import { billTerm, lateCorrections } from './term-bill.ts';
import { lastLedgerLine, openTerm } from './term-rows.ts';

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
    const tx = this.dataSource.manager;
    const asOf = this.clock.now();
    const billed = await openTermBilled(tx, tenantId);
    if (!billed) return undefined;
    const { open, bill, lines } = billed;
    const page = lines.slice(after, after + limit);
    const names = await userNames(
      tx,
      tenantId,
      page.map(({ userId }) => userId),
    );
    const { currency } = open.plan;
    const total = sum(
      lines.map(({ amount }) => amount),
      currency,
    );
    const { purchased, available, inUse, peak } = bill;
    return {
      invoiceId: null,
      status: 'preview',
      term: termOf({ termNumber: open.number, startsAt: open.startsAt, endsAt: open.endsAt }),
      asOf: asOf.toISOString(),
      currency,
      total: Number(total),
      totalDecimal: decimal(total, currency),
      lineCount: lines.length,
      purchased,
      available,
      inUse,
      peak: { seats: peak.seats, at: peak.at.toISOString() },
      lines: page.map((line, index) =>
        lineAnswer({ ...line, number: after + index + 1, userName: names.get(line.userId) ?? null }, currency),
      ),
      next: after + limit < lines.length ? after + limit : null,
    };
  }

  /** What a person is billed: of the open term as it is now, then of closed invoices, newest first, so many at most. */
  async linesOf(tenantId: string, userId: string, limit: number): Promise<InvoicedLine[]> {
    const tx = this.dataSource.manager;
    const billed = await openTermBilled(tx, tenantId);
    if (!billed) return [];
    const { open, lines } = billed;
    const { currency } = open.plan;
    const now = lines.flatMap((line, index): InvoicedLine[] => {
      if (line.userId !== userId) return [];
      const answer = lineAnswer({ ...line, number: index + 1, userName: null }, currency);
      return [{ status: 'preview', invoiceId: null, term: open.number, currency, ...answer }];
    });
    const closed = await linesOfPerson(tx, tenantId, userId, limit);
    return [
      ...now,
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
}

/** The open term's own lines and the corrections of closed ones, also those that are not kept yet. */
async function openTermBilled(tx: EntityManager, tenantId: string) {
  const open = await openTerm(tx, tenantId);
  if (!open) return undefined;
  const through = await lastLedgerLine(tx, tenantId);
  const { bill, lines: own } = await billTerm(tx, open, through);
  const kept = await adjustmentsIn(tx, tenantId, open.number);
  return { open, bill, lines: [...own, ...kept, ...(await lateCorrections(tx, open, through))] };
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
