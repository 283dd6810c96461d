import type { EntityManager } from 'typeorm';
import { run } from '#postgres/prepared';
import type { Standing } from '../classes/seat-class.ts';
import type { LedgerLine } from './ledger-line.ts';
import type { Seat } from './seat.ts';
import type { Balance } from './tally.ts';

/** bigint comes from the driver as text, because it may be larger than a number can tell; a sequence of ours never is. */
export interface BalanceRow extends Omit<Balance, 'sequence'> {
  sequence: string;
}

interface SeatRow extends Omit<Seat, 'version' | 'standing' | 'lastLine'>, Standing {
  version: string;
  lastLine: string | null;
  lastLineAt: Date | null;
}

/** Lines in one statement: an event that changes the class of a large group writes one for each of its people. */
const LINES_AT_ONCE = 5_000;

/**
 * The balances of these tenants, from zero for one that had none, each locked until the transaction ends: whoever
 * changes a tenant's seats holds it. The locks are taken in the order of the ids, so that two batches never wait for each other.
 */
export async function lockBalances(tx: EntityManager, tenantIds: string[]): Promise<Balance[]> {
  const rows = await run<BalanceRow>(
    tx,
    {
      name: 'lock_balances',
      text: `INSERT INTO balance (tenant_id, in_use, sequence)
     SELECT tenant_id, 0, 0 FROM unnest($1::uuid[]) AS tenant_id ORDER BY tenant_id
     ON CONFLICT (tenant_id) DO UPDATE SET sequence = balance.sequence
     RETURNING tenant_id AS "tenantId", in_use AS "inUse", in_use_light AS light, sequence, term`,
    },
    [tenantIds],
  );
  return rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
}

/** The seats of these users that there are, locked until the transaction ends. */
export async function lockSeats(
  tx: EntityManager,
  users: Iterable<Pick<Seat, 'tenantId' | 'userId'>>,
): Promise<Seat[]> {
  const wanted = [...users];
  const rows = await run<SeatRow>(
    tx,
    {
      name: 'lock_seats',
      text: `SELECT tenant_id AS "tenantId", user_id AS "userId", user_name AS "userName", occupied, active,
            signed_in_at AS "signedInAt", version, since,
            light_groups AS light, core_groups AS core, last_line AS "lastLine", last_line_at AS "lastLineAt"
     FROM seat JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, user_id) USING (tenant_id, user_id)
     ORDER BY tenant_id, user_id
     FOR UPDATE OF seat`,
    },
    [wanted.map((user) => user.tenantId), wanted.map((user) => user.userId)],
  );
  return rows.map(({ light, core, version, lastLine, lastLineAt, ...row }) => ({
    ...row,
    version: Number(version),
    lastLine: lastLineAt && { sequence: Number(lastLine), at: lastLineAt },
    standing: { light, core },
  }));
}

export async function saveSeats(tx: EntityManager, seats: Seat[]): Promise<void> {
  if (seats.length === 0) return;
  await run(
    tx,
    {
      name: 'save_seats',
      text: `INSERT INTO seat (tenant_id, user_id, user_name, occupied, version, since, light_groups, core_groups, active, signed_in_at,
                       last_line, last_line_at)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::bigint[], $6::timestamptz[], $7::integer[],
                          $8::integer[], $9::boolean[], $10::timestamptz[], $11::bigint[], $12::timestamptz[])
     ON CONFLICT (tenant_id, user_id) DO UPDATE
     SET user_name = excluded.user_name, occupied = excluded.occupied, version = excluded.version, since = excluded.since,
         light_groups = excluded.light_groups, core_groups = excluded.core_groups, active = excluded.active,
         signed_in_at = excluded.signed_in_at, last_line = excluded.last_line, last_line_at = excluded.last_line_at`,
    },
    [
      seats.map((seat) => seat.tenantId),
      seats.map((seat) => seat.userId),
      seats.map((seat) => seat.userName),
      seats.map((seat) => seat.occupied),
      seats.map((seat) => seat.version),
      seats.map((seat) => seat.since.toISOString()),
      seats.map((seat) => seat.standing.light),
      seats.map((seat) => seat.standing.core),
      seats.map((seat) => seat.active),
      seats.map((seat) => seat.signedInAt?.toISOString() ?? null),
      seats.map((seat) => seat.lastLine?.sequence ?? null),
      seats.map((seat) => seat.lastLine?.at.toISOString() ?? null),
    ],
  );
}

/** Adds lines to the ledger; nothing there is ever changed. */
export async function addLines(tx: EntityManager, lines: LedgerLine[]): Promise<void> {
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE) await addSome(tx, lines.slice(at, at + LINES_AT_ONCE));
}

async function addSome(tx: EntityManager, lines: LedgerLine[]): Promise<void> {
  await run(
    tx,
    {
      name: 'add_ledger_lines',
      text: `INSERT INTO ledger_line (tenant_id, sequence, id, user_id, kind, effective_at, recorded_at,
                              event_id, event_type, command_id, request_id, actor, in_use,
                              in_use_light, seat_class, adjusted_to, corrects, term_number, purchased_core,
                              purchased_light, available_core, available_light, peak_core, peak_light, peak_at)
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                          $8::uuid[], $9::text[], $10::uuid[], $11::text[], $12::text[], $13::integer[],
                          $14::integer[], $15::text[], $16::text[], $17::bigint[], $18::integer[], $19::integer[],
                          $20::integer[], $21::integer[], $22::integer[], $23::integer[], $24::integer[], $25::timestamptz[])`,
    },
    [
      lines.map((line) => line.tenantId),
      lines.map((line) => line.sequence),
      lines.map((line) => line.id),
      lines.map((line) => line.userId),
      lines.map((line) => line.kind),
      lines.map((line) => line.effectiveAt.toISOString()),
      lines.map((line) => line.recordedAt.toISOString()),
      lines.map((line) => line.cause.eventId),
      lines.map((line) => line.cause.eventType),
      lines.map((line) => line.cause.commandId),
      lines.map((line) => line.cause.requestId),
      lines.map((line) => line.cause.actor),
      lines.map((line) => line.inUse),
      lines.map((line) => line.light),
      lines.map((line) => line.seatClass),
      lines.map((line) => line.adjustedTo),
      lines.map((line) => line.corrects),
      lines.map(({ paid }) => paid?.term ?? null),
      lines.map(({ paid }) => paid?.purchased.core ?? null),
      lines.map(({ paid }) => paid?.purchased.light ?? null),
      lines.map(({ paid }) => paid?.available.core ?? null),
      lines.map(({ paid }) => paid?.available.light ?? null),
      lines.map(({ paid }) => paid?.peak.seats.core ?? null),
      lines.map(({ paid }) => paid?.peak.seats.light ?? null),
      lines.map(({ paid }) => paid?.peak.at ?? null),
    ],
  );
}

export async function saveBalances(tx: EntityManager, balances: Balance[]): Promise<void> {
  if (balances.length === 0) return;
  await run(
    tx,
    {
      name: 'save_balances',
      text: `UPDATE balance SET in_use = now_is.in_use, in_use_light = now_is.in_use_light, sequence = now_is.sequence,
                        term = now_is.term, term_ends_at = (now_is.term->>'endsAt')::timestamptz
     FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::bigint[], $5::jsonb[])
       AS now_is (tenant_id, in_use, in_use_light, sequence, term)
     WHERE balance.tenant_id = now_is.tenant_id`,
    },
    [
      balances.map((balance) => balance.tenantId),
      balances.map((balance) => balance.inUse),
      balances.map((balance) => balance.light),
      balances.map((balance) => balance.sequence),
      balances.map(({ term }) => term && JSON.stringify(term)),
    ],
  );
}
