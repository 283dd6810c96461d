import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { SeatCount } from '#billing-api/billing';
import type { CloudEvent } from '#events/envelope';
import { append } from '#outbox/append';
import { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { decideSeats } from './seat-decider.ts';
import { addLines, lockBalances, lockSeats, saveBalances, saveSeats } from './seat-rows.ts';
import { type UserChange, userChanges } from './user-change.ts';

/** Where a seat is counted: the directory's events become seats, ledger lines, balances and seat events. */
@Injectable()
export class SeatsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Applies events that were not applied before, in order, all in the caller's transaction. Six statements at most,
   * whatever the size of the batch. Events that are not a user's are taken and change nothing.
   *
   * @throws Rejection for an event that can never be applied
   */
  readonly apply = async (tx: EntityManager, events: CloudEvent[]): Promise<void> => {
    const changes = userChanges(events);
    if (changes.length === 0) return;
    const balances = await lockBalances(tx, [...new Set(changes.map((change) => change.tenantId))]);
    const seats = await lockSeats(tx, onePerUser(changes));
    const decision = decideSeats({ seats, balances }, changes, this.clock.now());
    for (const gap of decision.gaps) logger.warn(gap, 'versions of a user are missing: the newer state was applied');
    await saveSeats(tx, decision.seats);
    await addLines(tx, decision.lines);
    await saveBalances(tx, decision.balances);
    await append(tx, ...decision.events);
  };

  /** A tenant's seats in use now. Billing knows no tenants, only seats: one without any is a count of zero. */
  async count(tenantId: string): Promise<SeatCount> {
    const [balance] = await this.dataSource.query<{ inUse: number; sequence: string }[]>(
      'SELECT in_use AS "inUse", sequence FROM balance WHERE tenant_id = $1',
      [tenantId],
    );
    return {
      tenantId,
      inUse: balance?.inUse ?? 0,
      sequence: Number(balance?.sequence ?? 0),
      asOf: this.clock.now().toISOString(),
    };
  }
}

function onePerUser(changes: UserChange[]): Iterable<UserChange> {
  return new Map(changes.map((change) => [`${change.tenantId}/${change.userId}`, change])).values();
}
