import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type InvoicedLine, InvoicesService } from '../invoices/invoices.service.ts';
import { Problem } from '../problem/problem.ts';

/** Why somebody is billed, from the line that decided it back to the request that caused it. */
export interface Why {
  tenantId: string;
  userId: string;
  /** as the person is called now */
  userName: string;
  /** takes a seat now */
  occupied: boolean;
  since: Date;
  /**
   * From the SCIM request to what is billed, each caused the next: of the ledger line that the first of the open bill's lines
   * names, with the seat as that line left it; of the newest line where the open bill has none of the person
   */
  chain: WhyStep[];
  /** all lines of the person, the newest first, 100 at most */
  lines: WhyLine[];
  /** what the person is billed: of the open term as it is now, then of closed invoices, the newest first, 100 at most */
  invoiceLines: InvoicedLine[];
}

export type WhyStep =
  | { step: 'scim_request'; requestId: string; actor: string }
  | { step: 'command'; commandId: string }
  | { step: 'directory_event'; eventId: string; eventType: string }
  | { step: 'ledger_line'; sequence: number; kind: string; effectiveAt: Date; recordedAt: Date }
  | { step: 'seat'; occupied: boolean; since: Date }
  | { step: 'invoice_line'; status: InvoicedLine['status']; term: number; number: number; ledgerLine: number };

export interface WhyLine {
  sequence: number;
  kind: string;
  effectiveAt: Date;
  recordedAt: Date;
  inUse: number;
  eventId: string;
  eventType: string;
  commandId: string;
  requestId: string;
  actor: string;
}

/** A line with the person's seat after it. */
type DecidingLine = Omit<WhyLine, 'inUse'> & { occupied: boolean; since: Date };

const COLUMNS = `sequence, kind, effective_at AS "effectiveAt", recorded_at AS "recordedAt", event_id AS "eventId",
  event_type AS "eventType", command_id AS "commandId", request_id AS "requestId", actor`;
const NO_PERSON = 'Billing has never seen a person of this id in the tenant.';
const LINES = 100;

/** Why somebody is billed: from the SCIM request to the line of the invoice. */
@Injectable()
export class WhyService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(InvoicesService) private readonly invoices: InvoicesService,
  ) {}

  /**
   * Bills the open term for it, because what a person costs follows from what all others do.
   *
   * @throws Problem 404 for somebody who never was a user of the tenant
   */
  async why(tenantId: string, userId: string): Promise<Why> {
    const [seat] = await this.dataSource.query(
      'SELECT user_name AS "userName", occupied, since FROM seat WHERE tenant_id = $1 AND user_id = $2',
      [tenantId, userId],
    );
    if (!seat) throw new Problem(404, NO_PERSON);
    const rows: (Omit<WhyLine, 'sequence'> & { sequence: string })[] = await this.dataSource.query(
      `SELECT ${COLUMNS}, in_use AS "inUse" FROM ledger_line
       WHERE tenant_id = $1 AND user_id = $2 ORDER BY sequence DESC LIMIT ${LINES}`,
      [tenantId, userId],
    );
    const lines = rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
    const invoiceLines = await this.invoices.linesOf(tenantId, userId, LINES);
    const { userName, occupied, since } = seat;
    const billed = invoiceLines.filter(isOpen);
    const deciding = billed[0]?.ledgerLines[0] ?? lines[0]?.sequence;
    // somebody who was never active has a seat that was never taken, and no line that says why
    const chain: WhyStep[] = deciding
      ? await this.chain(tenantId, deciding, billed)
      : [{ step: 'seat', occupied, since }];
    return { tenantId, userId, userName, occupied, since, chain, lines, invoiceLines };
  }

  /** Reads the line anew: it may be older than those that are shown. The seat after it is as the last coming or going until then left it. */
  private async chain(tenantId: string, sequence: number, billed: InvoicedLine[]): Promise<WhyStep[]> {
    const [line]: DecidingLine[] = await this.dataSource.query(
      `SELECT ${COLUMNS}, seat.* FROM ledger_line line, LATERAL (
         SELECT coalesce(adjusted_to, kind) = 'occupied' AS occupied, effective_at AS since FROM ledger_line
         WHERE tenant_id = $1 AND user_id = line.user_id AND sequence <= $2 AND kind <> 'class_changed'
         ORDER BY sequence DESC LIMIT 1) AS seat
       WHERE tenant_id = $1 AND sequence = $2`,
      [tenantId, sequence],
    );
    const caused = billed.filter(({ ledgerLines }) => ledgerLines[0] === sequence);
    return [...(line ? stepsOf({ ...line, sequence }) : []), ...caused.map(invoiceStep)];
  }
}

function isOpen({ status }: InvoicedLine): boolean {
  return status === 'preview';
}

function invoiceStep({ status, term, number, ledgerLines }: InvoicedLine): WhyStep {
  return { step: 'invoice_line', status, term, number, ledgerLine: ledgerLines[0] ?? 0 };
}

function stepsOf(line: DecidingLine): WhyStep[] {
  const { requestId, actor, commandId, eventId, eventType, sequence, kind, effectiveAt, recordedAt } = line;
  return [
    { step: 'scim_request', requestId, actor },
    { step: 'command', commandId },
    { step: 'directory_event', eventId, eventType },
    { step: 'ledger_line', sequence, kind, effectiveAt, recordedAt },
    { step: 'seat', occupied: line.occupied, since: line.since },
  ];
}
