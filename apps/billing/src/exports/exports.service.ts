import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type InvoiceRow, invoicePage, type NumberedLine } from '../invoices/invoice-rows.ts';
import { type LedgerFilter, type LedgerPage, LedgerService } from '../ledger/ledger.service.ts';
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
    return csv(LEDGER, this.ledgerPages(tenantId, filter));
  }

  /** The seats that are taken now, in the order of the people's ids. */
  seatsCsv(tenantId: string): AsyncGenerator<string> {
    return csv(
      SEATS,
      pages((last?: TakenSeat) =>
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
      pages((last?: NumberedLine) => invoicePage(this.dataSource.manager, tenantId, id, last?.number ?? 0, STEP)),
    );
  }

  private async *ledgerPages(tenantId: string, filter: LedgerFilter) {
    for (let after: number | null = 0; after !== null; ) {
      const page: LedgerPage = await this.ledger.page(tenantId, { ...filter, after, limit: STEP });
      yield page.lines;
      after = page.next;
    }
  }
}

async function* csv<Row>(columns: readonly Column<Row>[], all: AsyncIterable<Row[]>): AsyncGenerator<string> {
  yield csvRecord(columns.map(([name]) => name));
  for await (const rows of all) yield rows.map((row) => csvRecord(columns.map(([, value]) => value(row)))).join('');
}

/** Pages that each begin after the last row of the one before. */
async function* pages<Row>(read: (last?: Row) => Promise<Row[]>): AsyncGenerator<Row[]> {
  for (let rows = await read(); ; rows = await read(rows.at(-1))) {
    yield rows;
    if (rows.length < STEP) return;
  }
}
