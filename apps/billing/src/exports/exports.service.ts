import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { pages } from '#postgres/pages';
import { type InvoiceRow, invoicePage, type NumberedLine } from '../invoices/invoice-rows.ts';
import { type LedgerEntry, type LedgerFilter, LedgerService } from '../ledger/ledger.service.ts';
import { type Column, invoiceColumns, LEDGER, SEATS, type TakenSeat } from './columns.ts';
import { csvRecord } from './csv.ts';

/** Rows of one read: what an export holds in memory. */
const STEP = 1_000;

/** CSV in pieces. Each piece is read when the one before has been taken, so a slow reader costs no memory. */
@Injectable()
export class ExportsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(LedgerService) private readonly ledger: LedgerService,
  ) {}

  /** A tenant's lines in the order of the ledger; those that are added in the meantime come at the end. */
  ledgerCsv(tenantId: string, filter: LedgerFilter): AsyncGenerator<string> {
    return csv(
      LEDGER,
      pages(STEP, async (last?: LedgerEntry) => {
        const after = last?.sequence ?? 0;
        return (await this.ledger.page(tenantId, { ...filter, after, limit: STEP })).lines;
      }),
    );
  }

  /** The seats that are taken now, in the order of the people's ids. */
  seatsCsv(tenantId: string): AsyncGenerator<string> {
    return csv(
      SEATS,
      pages(STEP, (last?: TakenSeat) =>
        this.dataSource.query(
          `SELECT user_id AS "userId", user_name AS "userName", since, light_groups AS light, core_groups AS core FROM seat
           WHERE tenant_id = $1 AND occupied AND ($2::uuid IS NULL OR user_id > $2) ORDER BY user_id LIMIT ${STEP}`,
          [tenantId, last?.userId ?? null],
        ),
      ),
    );
  }

  /** The lines of a closed invoice, in its order. */
  invoiceCsv(tenantId: string, { id, currency }: Pick<InvoiceRow, 'id' | 'currency'>): AsyncGenerator<string> {
    return csv(
      invoiceColumns(currency),
      pages(STEP, (last?: NumberedLine) => invoicePage(this.dataSource.manager, tenantId, id, last?.number ?? 0, STEP)),
    );
  }
}

async function* csv<Row>(columns: readonly Column<Row>[], all: AsyncIterable<Row[]>): AsyncGenerator<string> {
  yield csvRecord(columns.map(([name]) => name));
  for await (const rows of all) yield rows.map((row) => csvRecord(columns.map(([, value]) => value(row)))).join('');
}
