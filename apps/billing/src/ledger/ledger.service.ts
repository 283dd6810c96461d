import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { LedgerQuery } from './ledger-query.ts';

/** A ledger line as the billing team reads it. */
export interface LedgerEntry {
  sequence: number;
  kind: 'occupied' | 'released' | 'class_changed' | 'adjusted';
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

export interface LedgerPage {
  lines: LedgerEntry[];
  /** what to ask for next with `after`; null when there is no more now */
  next: number | null;
}

interface Row extends Omit<LedgerEntry, 'sequence' | 'userName' | 'cause' | 'adjustedTo' | 'corrects'>, Cause {
  sequence: string;
  userName: string | null;
  adjustedTo: 'occupied' | 'released' | null;
  corrects: string | null;
}

const PAGE = `
SELECT line.sequence, line.kind, line.user_id AS "userId", seat.user_name AS "userName",
       line.effective_at AS "effectiveAt", line.recorded_at AS "recordedAt", line.in_use AS "inUse",
       line.in_use - line.in_use_light AS "inUseCore", line.in_use_light AS "inUseLight", line.seat_class AS "seatClass",
       line.adjusted_to AS "adjustedTo", line.corrects,
       line.event_id AS "eventId", line.event_type AS "eventType", line.command_id AS "commandId",
       line.request_id AS "requestId", line.actor
FROM ledger_line line LEFT JOIN seat USING (tenant_id, user_id)
WHERE line.tenant_id = $1 AND line.sequence > $2
ORDER BY line.sequence
LIMIT $3`;

@Injectable()
export class LedgerService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** A tenant's lines after a sequence, in order. A page that was read never changes. */
  async page(tenantId: string, { after, limit }: LedgerQuery): Promise<LedgerPage> {
    const rows = await this.dataSource.query<Row[]>(PAGE, [tenantId, after, limit + 1]);
    const lines = rows.slice(0, limit).map(entry);
    return { lines, next: rows.length > limit ? (lines.at(-1)?.sequence ?? null) : null };
  }
}

function entry(row: Row): LedgerEntry {
  const { sequence, userName, eventId, eventType, commandId, requestId, actor, adjustedTo, corrects, ...line } = row;
  return {
    sequence: Number(sequence),
    ...line,
    ...(adjustedTo !== null && { adjustedTo }),
    ...(corrects !== null && { corrects: Number(corrects) }),
    ...(userName !== null && { userName }),
    cause: { eventId, eventType, commandId, requestId, actor },
  };
}
