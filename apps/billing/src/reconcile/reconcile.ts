import type { DataSource, EntityManager } from 'typeorm';
import type { CheckedSeat } from '#billing-api/ledger';
import type { UserBillability } from '#directory-api/billable';
import type { BillableFrom } from '#events/plan-applied.v1';
import { transaction } from '#postgres/transaction';
import { BEFORE_ALL } from '#runtime/ids';
import type { Adjustment } from '../seats/change.ts';
import type { LineCause } from '../seats/line-cause.ts';
import { moveSeats } from '../seats/move-seats.ts';
import { lockBalances, lockSeats } from '../seats/seat-rows.ts';
import type { Balance } from '../seats/tally.ts';
import { billableFrom } from '../terms/running-term.ts';

const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A stretch of the directory's billable people, in the order of their ids; columns of equal length. */
export interface Stretch {
  tenantId: string;
  /** begins after this id; undefined: at the first */
  after?: string;
  /** ends with this id; undefined: at the last */
  through?: string;
  people: string[];
  /** in how many groups each of them is, directly */
  groups: number[];
}

/** Who of a stretch takes a seat and is not billable, or the other way round, or is in another number of groups; maybe only for now. */
export async function compareSeats(dataSource: DataSource, stretch: Stretch): Promise<string[]> {
  const { tenantId, after, through, people, groups } = stretch;
  const rows = await dataSource.query<{ id: string }[]>(
    `SELECT id FROM (SELECT user_id AS id FROM seat
       WHERE tenant_id = $1 AND occupied AND user_id > $2 AND user_id <= $3) taken
     FULL JOIN (SELECT * FROM unnest($4::uuid[], $5::integer[]) AS told (id, groups)) billable USING (id)
     WHERE taken IS NULL OR billable IS NULL
        OR groups <> (SELECT count(*) FROM group_member m WHERE m.tenant_id = $1 AND m.user_id = id)
     ORDER BY id`,
    [tenantId, after ?? BEFORE_ALL, through ?? LAST, people, groups],
  );
  return rows.map(({ id }) => id);
}

/** A person as the directory knows it now; one whom it does not know has an id alone. */
export type KnownPerson = Pick<UserBillability, 'id'> & Partial<UserBillability>;

interface Check {
  tenantId: string;
  /** by which these people are billable, or not */
  billableFrom: BillableFrom;
  people: KnownPerson[];
  /** writes an `adjusted` line for each seat that is not as the directory says */
  heal: boolean;
}

/** From when this tenant's active people take a seat, as of now. */
export async function ruleOf(tx: EntityManager, tenantId: string): Promise<BillableFrom> {
  const [balance]: Pick<Balance, 'term'>[] = await tx.query('SELECT term FROM balance WHERE tenant_id = $1', [
    tenantId,
  ]);
  return billableFrom(balance?.term);
}

/**
 * Compares people as the directory knows them with their seats, by version, and sets the seats right if told to.
 *
 * @returns undefined where the tenant's people do not count by this rule any more
 */
export async function checkSeats(
  dataSource: DataSource,
  asked: Check,
  { now, cause }: { now: Date; cause: LineCause },
): Promise<CheckedSeat[] | undefined> {
  if (asked.people.length === 0) return [];
  return transaction(dataSource, async (tx) => {
    const balances = await lockBalances(tx, [asked.tenantId]);
    if (billableFrom(balances[0]?.term) !== asked.billableFrom) return undefined;
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

async function check(tx: EntityManager, { tenantId, people }: Check): Promise<CheckedSeat[]> {
  const seats = await lockSeats(
    tx,
    people.map(({ id }) => ({ tenantId, userId: id })),
  );
  const seatOf = new Map(seats.map((seat) => [seat.userId, seat]));
  const groupsOf = await groupCounts(tx, tenantId, people);
  return people.map(({ id: userId, userName, version = 0, billable = false, groups = 0 }) => {
    const seat = seatOf.get(userId);
    const occupied = seat?.occupied ?? false;
    const versions = { directoryVersion: version, billingVersion: seat?.version ?? 0 };
    const counts = { directoryGroups: groups, billingGroups: groupsOf.get(userId) ?? 0 };
    const seen = { userId, userName: userName ?? seat?.userName ?? '', billable, occupied, ...versions, ...counts };
    return { ...seen, verdict: verdictOn(seen) };
  });
}

function verdictOn(seen: Omit<CheckedSeat, 'verdict'>): CheckedSeat['verdict'] {
  const { billable, occupied, directoryVersion, billingVersion, directoryGroups, billingGroups } = seen;
  if (billable === occupied) return billable && directoryGroups !== billingGroups ? 'groups' : 'agree';
  if (directoryVersion === 0 || billingVersion === directoryVersion) return 'differ';
  return billingVersion < directoryVersion ? 'behind' : 'ahead';
}

async function groupCounts(tx: EntityManager, tenantId: string, people: KnownPerson[]): Promise<Map<string, number>> {
  const rows: { id: string; groups: number }[] = await tx.query(
    `SELECT user_id AS id, count(*)::integer AS groups FROM group_member
     WHERE tenant_id = $1 AND user_id = ANY ($2::uuid[]) GROUP BY user_id`,
    [tenantId, people.map(({ id }) => id)],
  );
  return new Map(rows.map(({ id, groups }) => [id, groups]));
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
