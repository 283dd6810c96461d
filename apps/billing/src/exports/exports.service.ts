import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Standing, seatClass } from '../classes/seat-class.ts';
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

  /** A tenant's lines in the order of the ledger; those that are added in the meantime come at the end. */
  async *ledgerCsv(tenantId: string, filter: LedgerFilter): AsyncGenerator<string> {
    yield csvRecord([
      'sequence',
      'kind',
      'user_id',
      'user_name',
      'effective_at',
      'recorded_at',
      'in_use',
      'seat_class',
      'in_use_core',
      'in_use_light',
      'term',
      'purchased_core',
      'purchased_light',
      'available_core',
      'available_light',
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
        .map(({ cause, ...line }) =>
          csvRecord([
            line.sequence,
            line.kind,
            line.userId,
            line.userName ?? null,
            line.effectiveAt,
            line.recordedAt,
            line.inUse,
            line.seatClass,
            line.inUseCore,
            line.inUseLight,
            line.term ?? null,
            line.purchased?.core ?? null,
            line.purchased?.light ?? null,
            line.available?.core ?? null,
            line.available?.light ?? null,
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
    yield csvRecord(['user_id', 'user_name', 'seat_class', 'since']);
    for (let after: string | null = null; ; ) {
      const rows: ({ userId: string; userName: string; since: Date } & Standing)[] = await this.dataSource.query(
        `SELECT user_id AS "userId", user_name AS "userName", since, light_groups AS light, core_groups AS core FROM seat
         WHERE tenant_id = $1 AND occupied AND ($2::uuid IS NULL OR user_id > $2) ORDER BY user_id LIMIT ${STEP}`,
        [tenantId, after],
      );
      yield rows
        .map(({ userId, userName, since, ...standing }) => csvRecord([userId, userName, seatClass(standing), since]))
        .join('');
      if (rows.length < STEP) return;
      after = rows.at(-1)?.userId ?? null;
    }
  }
}
