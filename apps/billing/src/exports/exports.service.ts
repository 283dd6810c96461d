import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type LedgerFilter, LedgerService } from '../ledger/ledger.service.ts';
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

  /** A tenant's lines in the order of the ledger, up to its last line at the start. */
  async *ledgerCsv(tenantId: string, filter: LedgerFilter): AsyncGenerator<string> {
    yield csvRecord([
      'sequence',
      'kind',
      'user_id',
      'user_name',
      'effective_at',
      'recorded_at',
      'in_use',
      'event_id',
      'event_type',
      'command_id',
      'request_id',
      'actor',
    ]);
    for (let after: number | null = 0; after !== null; ) {
      const { lines, next }: Awaited<ReturnType<LedgerService['page']>> = await this.ledger.page(tenantId, {
        ...filter,
        after,
        limit: STEP,
      });
      yield lines
        .map(({ sequence, kind, userId, userName, effectiveAt, recordedAt, inUse, cause }) =>
          csvRecord([
            sequence,
            kind,
            userId,
            userName ?? null,
            effectiveAt,
            recordedAt,
            inUse,
            cause.eventId,
            cause.eventType,
            cause.commandId,
            cause.requestId,
            cause.actor,
          ]),
        )
        .join('');
      after = next;
    }
  }

  /** The seats that are taken now, in the order of the people's ids. */
  async *seatsCsv(tenantId: string): AsyncGenerator<string> {
    yield csvRecord(['user_id', 'user_name', 'since']);
    for (let after: string | null = null; ; ) {
      const rows: { userId: string; userName: string; since: Date }[] = await this.dataSource.query(
        `SELECT user_id AS "userId", user_name AS "userName", since FROM seat
         WHERE tenant_id = $1 AND occupied AND ($2::uuid IS NULL OR user_id > $2) ORDER BY user_id LIMIT ${STEP}`,
        [tenantId, after],
      );
      yield rows.map(({ userId, userName, since }) => csvRecord([userId, userName, since])).join('');
      if (rows.length < STEP) return;
      after = rows.at(-1)?.userId ?? null;
    }
  }
}
