import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ListStaleSeats, StaleSeat, StaleSeats } from '#billing-api/ledger';
import type { StaleUsers } from '#directory-api/billable';
import { type Standing, seatClass } from '../classes/seat-class.ts';
import { Directory } from './directory.ts';

/** Users looked at in one question to the directory, and questions for one page: what a page costs at most. */
const STEP = 1_000;
const STEPS = 20;

type Seat = { userId: string; since: Date } & Standing;

/** Seats of people whom their identity provider may have forgotten. */
@Injectable()
export class StaleSeatsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Directory) private readonly directory: Directory,
  ) {}

  /**
   * A page may have fewer than asked for, or none, and go on all the same: it ends after 20,000 people.
   *
   * @throws Unavailable when the directory does not answer
   */
  async list({ tenantId, days, after, limit }: ListStaleSeats): Promise<StaleSeats> {
    const seats: StaleSeat[] = [];
    let next: string | null | undefined = after;
    for (let step = 0; step < STEPS && next !== null && seats.length < limit; step++) {
      const page: StaleUsers = await this.directory.stale({
        tenantId,
        days,
        ...(next && { after: next }),
        limit: STEP,
      });
      seats.push(...(await this.seatsOf(tenantId, page.users)));
      next = page.next;
    }
    if (seats.length <= limit) return { seats, next: next ?? null };
    const shown = seats.slice(0, limit);
    return { seats: shown, next: shown.at(-1)?.userId ?? null };
  }

  private async seatsOf(tenantId: string, users: StaleUsers['users']): Promise<StaleSeat[]> {
    if (users.length === 0) return [];
    const rows: Seat[] = await this.dataSource.query(
      `SELECT user_id AS "userId", since, light_groups AS light, core_groups AS core FROM seat
       WHERE tenant_id = $1 AND occupied AND user_id = ANY ($2::uuid[])`,
      [tenantId, users.map(({ id }) => id)],
    );
    const seatOf = new Map(rows.map((row) => [row.userId, row]));
    return users.flatMap((user) => {
      const seat = seatOf.get(user.id);
      return seat ? [staleSeat(user, seat)] : [];
    });
  }
}

function staleSeat(user: StaleUsers['users'][number], { since, ...standing }: Seat): StaleSeat {
  const { id, userName, connectionId, connectionName, lastContactAt, isSilent, connectionNeverDeactivated } = user;
  return {
    userId: id,
    userName,
    seatClass: seatClass(standing),
    since: since.toISOString(),
    connectionId,
    connectionName,
    lastContactAt,
    reasons: [
      ...(isSilent ? (['no_contact'] as const) : []),
      ...(connectionNeverDeactivated ? (['connection_never_deactivated'] as const) : []),
    ],
  };
}
