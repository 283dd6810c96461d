import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { SeatCount } from '#billing-api/billing';
import type { CloudEvent } from '#events/envelope';
import { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { type GroupChange, groupChange } from '../classes/group-change.ts';
import { asDeltas, beforeSnapshots, readGroupChanges } from '../classes/group-changes.ts';
import { saveEdges, saveGroups } from '../classes/group-rows.ts';
import { beginNextTerm } from '../invoices/running-terms.ts';
import { paidIn } from '../terms/running-term.ts';
import { moveSeats } from './move-seats.ts';
import { type BalanceRow, lockBalances } from './seat-rows.ts';
import type { Balance } from './tally.ts';
import { untilTermsEnd } from './term-boundary.ts';
import { type UserChange, userChange } from './user-change.ts';

/** In the order in which the directory committed them, per tenant. */
type Changes = (UserChange | GroupChange)[];

/** Where a seat is counted: the directory's events become seats, ledger lines, balances and seat events. */
@Injectable()
export class SeatsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Applies events that were not applied before, in order, all in the caller's transaction. Seven statements whatever the
   * size of a batch of users; those of groups take some more, as many however many there are. Events of neither are taken
   * and change nothing.
   *
   * @throws Rejection for an event that can never be applied
   */
  readonly apply = async (tx: EntityManager, events: CloudEvent[]): Promise<void> => {
    const changes = events.flatMap((event) => userChange(event) ?? groupChange(event) ?? []);
    if (changes.length === 0) return;
    const now = this.clock.now();
    const tenants = [...new Set(changes.map(({ tenantId }) => tenantId))];
    for (let left: Changes = changes; ; ) {
      let balances: Balance[] | undefined = await lockBalances(tx, tenants);
      const { before, after, ended } = untilTermsEnd(left, balances, now);
      for (const run of beforeSnapshots(before)) {
        await applyChanges(tx, run, balances ?? (await lockBalances(tx, tenants)), now);
        balances = undefined;
      }
      if (ended.length === 0) return;
      for (const balance of await lockBalances(tx, ended)) {
        if (balance.term) await beginNextTerm(tx, { ...balance, term: balance.term }, now);
      }
      left = after;
    }
  };

  /** A tenant's seats in use now. Billing knows no tenants, only seats: one without any is a count of zero. */
  async count(tenantId: string): Promise<SeatCount> {
    const [balance] = await this.dataSource.query<BalanceRow[]>(
      'SELECT in_use AS "inUse", in_use_light AS light, sequence, term FROM balance WHERE tenant_id = $1',
      [tenantId],
    );
    return {
      tenantId,
      inUse: balance?.inUse ?? 0,
      inUseCore: (balance?.inUse ?? 0) - (balance?.light ?? 0),
      inUseLight: balance?.light ?? 0,
      sequence: Number(balance?.sequence ?? 0),
      ...(balance?.term && paidIn(balance.term)),
      asOf: this.clock.now().toISOString(),
    };
  }
}

/** Changes of one stretch of time, in which no term of their tenants begins. */
async function applyChanges(tx: EntityManager, told: Changes, balances: Balance[], now: Date): Promise<void> {
  const changes = await asDeltas(tx, told);
  const ofGroups = changes.filter((change) => 'groupId' in change);
  const read = ofGroups.length > 0 ? await readGroupChanges(tx, ofGroups) : undefined;
  const steps = new Map(read?.graph.steps.map((step) => [step.change, step]));
  const decided = changes.flatMap((change) => ('groupId' in change ? (steps.get(change) ?? []) : change));
  await moveSeats(tx, { changes: decided, balances, members: read?.members ?? [], now });
  if (!read) return;
  const { groups, ...edges } = read.graph.outcome();
  await saveGroups(tx, groups);
  await saveEdges(tx, edges);
  for (const gap of read.graph.gaps) {
    logger.warn(gap, 'versions of a group are missing: who came and left in them is not known');
  }
}
