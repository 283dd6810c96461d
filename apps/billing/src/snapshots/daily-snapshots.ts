import type { DataSource, EntityManager } from 'typeorm';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { SEATS_SNAPSHOT, type SeatsSnapshot } from '#events/seats-snapshot.v1';
import { append } from '#outbox/append';
import { transaction } from '#postgres/transaction';
import { newId } from '#runtime/ids';
import { lockBalances } from '../seats/seat-rows.ts';
import type { Balance } from '../seats/tally.ts';
import { paidIn } from '../terms/running-term.ts';

/** Tenants in one transaction: as long as it lasts their events wait. */
const BATCH = 200;

/** Tells every tenant's seats as they are, if that was not done on this UTC day yet; once its running term is the one of now. */
export async function tellSnapshots(dataSource: DataSource, now: Date): Promise<void> {
  const day = now.toISOString().slice(0, 10);
  while ((await transaction(dataSource, (tx) => tellSome(tx, day, now))) === BATCH);
}

async function tellSome(tx: EntityManager, day: string, now: Date): Promise<number> {
  const due: { id: string }[] = await tx.query(
    `SELECT tenant_id AS id FROM balance
     WHERE snapshot_on < $1::date AND (term_ends_at IS NULL OR term_ends_at > $2)
     ORDER BY tenant_id LIMIT ${BATCH} FOR UPDATE`,
    [day, now],
  );
  if (due.length === 0) return 0;
  const ids = due.map(({ id }) => id);
  const cause = { commandId: newId(), requestId: 'snapshot', actor: 'billing' };
  const events = (await lockBalances(tx, ids)).map((balance) => snapshot(balance, { day, now, cause }));
  await append(tx, ...events);
  await tx.query('UPDATE balance SET snapshot_on = $2::date WHERE tenant_id = ANY ($1::uuid[])', [ids, day]);
  return due.length;
}

function snapshot(
  { tenantId, inUse, light, sequence, term }: Balance,
  { day, now, cause }: { day: string; now: Date; cause: { commandId: string; requestId: string; actor: string } },
): CloudEvent<SeatsSnapshot> {
  return cloudEvent<SeatsSnapshot>({
    source: 'rollcall/billing',
    type: SEATS_SNAPSHOT,
    tenantId,
    subject: `snapshots/${day}`,
    version: 1,
    time: now,
    cause,
    data: {
      day,
      sequence,
      asOf: now.toISOString(),
      inUse,
      inUseCore: inUse - light,
      inUseLight: light,
      ...(term && paidIn(term)),
    },
  });
}
