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
  /** from the SCIM request to the seat: what caused the next */
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
      `SELECT sequence, kind, effective_at AS "effectiveAt", recorded_at AS "recordedAt", in_use AS "inUse",
              event_id AS "eventId", event_type AS "eventType", command_id AS "commandId", request_id AS "requestId", actor
       FROM ledger_line WHERE tenant_id = $1 AND user_id = $2 ORDER BY sequence DESC LIMIT ${LINES}`,
      [tenantId, userId],
    );
    const lines = rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
    const invoiceLines = await this.invoices.linesOf(tenantId, userId, LINES);
    const { userName, occupied, since } = seat;
    const chain = [...chainOf(lines[0], { occupied, since }), ...invoiceLines.filter(isOpen).map(invoiceStep)];
    return { tenantId, userId, userName, occupied, since, chain, lines, invoiceLines };
  }
}

function isOpen({ status }: InvoicedLine): boolean {
  return status === 'preview';
}

function invoiceStep({ status, term, number, ledgerLines }: InvoicedLine): WhyStep {
  return { step: 'invoice_line', status, term, number, ledgerLine: ledgerLines[0] ?? 0 };
}

/** Somebody who was never active has a seat that was never taken, and no line that says why. */
function chainOf(line: WhyLine | undefined, seat: { occupied: boolean; since: Date }): WhyStep[] {
  if (!line) return [{ step: 'seat', ...seat }];
  const { requestId, actor, commandId, eventId, eventType, sequence, kind, effectiveAt, recordedAt } = line;
  return [
    { step: 'scim_request', requestId, actor },
    { step: 'command', commandId },
    { step: 'directory_event', eventId, eventType },
    { step: 'ledger_line', sequence, kind, effectiveAt, recordedAt },
    { step: 'seat', ...seat },
  ];
}
