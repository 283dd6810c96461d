import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PaidSeats } from '#events/paid-seats';

/** The kinds of lines that can be asked for. */
export const LINE_KINDS = ['occupied', 'released', 'class_changed', 'adjusted'] as const;

/** Which lines; what is undefined does not matter. */
export interface LedgerFilter {
  userId?: string | undefined;
  kind?: (typeof LINE_KINDS)[number] | undefined;
  /** effective at or after it */
  from?: Date | undefined;
  /** effective before it */
  to?: Date | undefined;
}

/** A ledger line as the billing team reads it, with what the term has come to after it. */
export interface LedgerEntry extends PaidSeats {
  sequence: number;
  kind: (typeof LINE_KINDS)[number];
  /** of the person's seat after the line; of a released one, the class it had */
  seatClass: 'core' | 'light';
  userId: string;
  /** as the person is called now; a ledger line keeps no name */
  userName?: string;
  /** UTC, ISO 8601 */
  effectiveAt: Date;
  recordedAt: Date;
  /** seats in use after this line */
  inUse: number;
  inUseCore: number;
  inUseLight: number;
  /** of an adjusted line: what the seat is now, and the line that is corrected where there is one */
  adjustedTo?: 'occupied' | 'released';
  corrects?: number;
  cause: { eventId: string; eventType: string; commandId: string; requestId: string; actor: string };
}

type Cause = LedgerEntry['cause'];
type Paid = Required<Pick<LedgerEntry, 'term' | 'purchased' | 'available' | 'peak'>>;

export interface LedgerPage {
  lines: LedgerEntry[];
  /** what to ask for next with `after`; null when there is no more now */
  next: number | null;
}

interface Row
  extends Omit<LedgerEntry, 'sequence' | 'userName' | 'cause' | 'adjustedTo' | 'corrects' | keyof Paid>,
    Cause {
  sequence: string;
  paid: Paid | null;
  userName: string | null;
  adjustedTo: 'occupied' | 'released' | null;
  corrects: string | null;
}

const page = (conditions: string) => `
SELECT line.sequence, line.kind, line.user_id AS "userId", seat.user_name AS "userName",
       line.effective_at AS "effectiveAt", line.recorded_at AS "recordedAt", line.in_use AS "inUse",
       line.in_use - line.in_use_light AS "inUseCore", line.in_use_light AS "inUseLight", line.seat_class AS "seatClass",
       line.adjusted_to AS "adjustedTo", line.corrects,
       line.event_id AS "eventId", line.event_type AS "eventType", line.command_id AS "commandId",
       line.request_id AS "requestId", line.actor,
       CASE WHEN line.term_number IS NOT NULL THEN json_build_object(
         'term', line.term_number,
         'purchased', json_build_object('core', line.purchased_core, 'light', line.purchased_light),
         'available', json_build_object('core', line.available_core, 'light', line.available_light),
         'peak', json_build_object('seats', json_build_object('core', line.peak_core, 'light', line.peak_light),
                                   'at', to_char(line.peak_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) END AS paid
FROM ledger_line line LEFT JOIN seat USING (tenant_id, user_id)
WHERE line.tenant_id = $1 AND line.sequence > $2 ${conditions}
ORDER BY line.sequence
LIMIT $3`;

@Injectable()
export class LedgerService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  page(tenantId: string, asked: LedgerFilter & { after: number; limit: number }): Promise<LedgerPage> {
    return ledgerPage(this.dataSource.manager, tenantId, asked);
  }
}

/** A tenant's lines after a sequence, in order. A page that was read never changes. */
export async function ledgerPage(
  tx: EntityManager,
  tenantId: string,
  { after, limit, ...filter }: LedgerFilter & { after: number; limit: number },
): Promise<LedgerPage> {
  const values: unknown[] = [tenantId, after, limit + 1];
  const rows: Row[] = await tx.query(page(conditions(filter, values)), values);
  return pageOf(rows, limit);
}

/** Adds what the filter asks for to the values. */
function conditions({ userId, kind, from, to }: LedgerFilter, values: unknown[]): string {
  const parts: string[] = [];
  const and = (condition: string, value: unknown) => {
    if (value !== undefined) parts.push(`AND ${condition} $${values.push(value)}`);
  };
  and('line.user_id =', userId);
  and('line.kind =', kind);
  and('line.effective_at >=', from);
  and('line.effective_at <', to);
  return parts.join(' ');
}

function pageOf(rows: Row[], limit: number): LedgerPage {
  const lines = rows.slice(0, limit).map(entry);
  return { lines, next: rows.length > limit ? (lines.at(-1)?.sequence ?? null) : null };
}

function entry(row: Row): LedgerEntry {
  const { sequence, userName, eventId, eventType, commandId, requestId, actor, adjustedTo, corrects, paid, ...line } =
    row;
  return {
    sequence: Number(sequence),
    ...line,
    ...(adjustedTo !== null && { adjustedTo }),
    ...(corrects !== null && { corrects: Number(corrects) }),
    ...(userName !== null && { userName }),
    ...paid,
    cause: { eventId, eventType, commandId, requestId, actor },
  };
}
