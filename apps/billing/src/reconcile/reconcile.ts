import type { DataSource, EntityManager } from 'typeorm';
import type { CheckedSeat, CheckSeats, CompareSeats } from '#billing-api/ledger';
import { transaction } from '#postgres/transaction';
import type { LineCause } from '../seats/line-cause.ts';
import { moveSeats } from '../seats/move-seats.ts';
import type { Adjustment } from '../seats/seat-decider.ts';
import { lockBalances, lockSeats } from '../seats/seat-rows.ts';

const [FIRST, LAST] = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

/** Who of a stretch of people takes a seat and is not billable, or the other way round; maybe only for now. */
export async function compareSeats(dataSource: DataSource, asked: CompareSeats): Promise<string[]> {
  const { tenantId, after, through, people } = asked;
  const rows = await dataSource.query<{ id: string }[]>(
    `SELECT id FROM (SELECT user_id AS id FROM seat
       WHERE tenant_id = $1 AND occupied AND user_id > $2 AND user_id <= $3) taken
     FULL JOIN (SELECT unnest($4::uuid[]) AS id) billable USING (id)
     WHERE taken IS NULL OR billable IS NULL ORDER BY id`,
    [tenantId, after ?? FIRST, through ?? LAST, people],
  );
  return rows.map(({ id }) => id);
}

/** Compares people as the directory knows them with their seats, by version, and sets the seats right if told to. */
export async function checkSeats(
  dataSource: DataSource,
  asked: CheckSeats,
  { now, cause }: { now: Date; cause: LineCause },
): Promise<CheckedSeat[]> {
  return transaction(dataSource, async (tx) => {
    const balances = asked.heal ? await lockBalances(tx, [asked.tenantId]) : [];
    const checked = await check(tx, asked);
    const wrong = asked.heal ? checked.filter(({ verdict }) => verdict === 'differ' || verdict === 'behind') : [];
    if (wrong.length === 0) return checked;
    const changes = await adjustments(tx, asked.tenantId, wrong, { at: now, cause });
    const lines = await moveSeats(tx, { changes, balances, members: [], now });
    const healed = new Map(lines.map(({ userId, sequence }) => [userId, sequence]));
    return checked.map((seat) => {
      const sequence = healed.get(seat.userId);
      return sequence === undefined ? seat : { ...seat, healed: sequence };
    });
  });
}

async function check(tx: EntityManager, asked: CheckSeats): Promise<CheckedSeat[]> {
  const { tenantId, people, userNames, versions, billable } = asked;
  const seats = await lockSeats(
    tx,
    people.map((userId) => ({ tenantId, userId: userId.toLowerCase() })),
  );
  const seatOf = new Map(seats.map((seat) => [seat.userId, seat]));
  return people.map((id, index) => {
    const userId = id.toLowerCase();
    const seat = seatOf.get(userId);
    const [directoryVersion, billingVersion] = [versions[index] ?? 0, seat?.version ?? 0];
    const isBillable = billable[index] ?? false;
    const occupied = seat?.occupied ?? false;
    const isKnown = directoryVersion > 0;
    const stands =
      isKnown && billingVersion < directoryVersion
        ? 'behind'
        : isKnown && billingVersion > directoryVersion
          ? 'ahead'
          : 'differ';
    return {
      userId,
      userName: userNames[index] || (seat?.userName ?? ''),
      verdict: occupied === isBillable ? 'agree' : stands,
      billable: isBillable,
      occupied,
      directoryVersion,
      billingVersion,
    };
  });
}

async function adjustments(
  tx: EntityManager,
  tenantId: string,
  wrong: CheckedSeat[],
  why: { at: Date; cause: LineCause },
): Promise<Adjustment[]> {
  const rows = await tx.query<{ userId: string; sequence: string }[]>(
    `SELECT user_id AS "userId", max(sequence) AS sequence FROM ledger_line
     WHERE tenant_id = $1 AND user_id = ANY($2::uuid[]) GROUP BY user_id`,
    [tenantId, wrong.map(({ userId }) => userId)],
  );
  const lastOf = new Map(rows.map(({ userId, sequence }) => [userId, Number(sequence)]));
  return wrong.map(({ userId, userName, billable, directoryVersion }) => ({
    tenantId,
    userId,
    userName,
    adjustTo: billable ? 'occupied' : 'released',
    version: directoryVersion,
    corrects: lastOf.get(userId) ?? null,
    ...why,
  }));
}
