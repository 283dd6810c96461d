import { type CloudEvent, cloudEvent } from '#events/envelope';
import type { SeatChange } from '#events/seat-change';
import { SEAT_OCCUPIED } from '#events/seat-occupied.v1';
import { SEAT_RELEASED } from '#events/seat-released.v1';
import type { UserChange } from './user-change.ts';

/** One person's seat: whether it is taken, and the last version of the user that was applied. */
export interface Seat {
  tenantId: string;
  userId: string;
  userName: string;
  occupied: boolean;
  version: number;
  /** when it was taken or released last */
  since: Date;
}

/** A tenant's projection of its ledger: seats in use after line `sequence`. */
export interface Balance {
  tenantId: string;
  inUse: number;
  sequence: number;
}

export interface LedgerLine {
  tenantId: string;
  /** contiguous from 1 per tenant */
  sequence: number;
  /** also the id of the seat event that tells of the line */
  id: string;
  userId: string;
  kind: 'occupied' | 'released';
  /** when it happened in the directory */
  effectiveAt: Date;
  /** when billing learned of it */
  recordedAt: Date;
  /** seats in use by the tenant after this line */
  inUse: number;
  /** the directory's event that is the reason */
  cause: CloudEvent;
}

/** Versions of a user that never came. Every event tells the whole state, so the seat is right all the same. */
export interface VersionGap {
  tenantId: string;
  userId: string;
  eventId: string;
  expected: number;
  found: number;
}

/** What a batch leads to: the seats and balances that changed, as they are now, and what is added, in order. */
export interface SeatDecision {
  seats: Seat[];
  balances: Balance[];
  lines: LedgerLine[];
  events: CloudEvent<SeatChange>[];
  gaps: VersionGap[];
}

/**
 * Decides what changes of users do to seats. It reads nothing but its arguments; only the ids of the lines are new each time.
 *
 * A change whose version was applied already, or is older, does nothing. A seat that is as the change wants it has no line.
 *
 * @param seats those of the users concerned that have one
 * @param balances those of the tenants concerned; a tenant without one starts from nothing
 * @param changes in the order in which the directory committed them, per tenant
 */
export function decideSeats(
  { seats, balances }: { seats: Seat[]; balances: Balance[] },
  changes: UserChange[],
  recordedAt: Date,
): SeatDecision {
  const seatOf = new Map(seats.map((seat) => [seatKey(seat), seat]));
  const balanceOf = new Map(balances.map((balance) => [balance.tenantId, balance]));
  const changedSeats = new Map<string, Seat>();
  const changedBalances = new Map<string, Balance>();
  const decision: Pick<SeatDecision, 'lines' | 'events' | 'gaps'> = { lines: [], events: [], gaps: [] };

  for (const change of changes) {
    const key = seatKey(change);
    const seat = changedSeats.get(key) ?? seatOf.get(key);
    const applied = seat?.version ?? 0;
    if (change.version <= applied) continue;
    if (change.version > applied + 1) decision.gaps.push(gap(change, applied + 1));

    const flips = change.active !== (seat?.occupied ?? false);
    changedSeats.set(key, seatAfter(change, flips || !seat ? change.at : seat.since));
    if (!flips) continue;

    const before = changedBalances.get(change.tenantId) ?? balanceOf.get(change.tenantId);
    const balance = balanceAfter(change, before);
    changedBalances.set(change.tenantId, balance);
    const event = seatEvent(change, balance, recordedAt);
    decision.events.push(event);
    decision.lines.push(ledgerLine(change, balance, recordedAt, event.id));
  }
  return { seats: [...changedSeats.values()], balances: [...changedBalances.values()], ...decision };
}

function seatKey({ tenantId, userId }: { tenantId: string; userId: string }): string {
  return `${tenantId}/${userId}`;
}

function gap({ tenantId, userId, version, event }: UserChange, expected: number): VersionGap {
  return { tenantId, userId, eventId: event.id, expected, found: version };
}

function seatAfter({ tenantId, userId, userName, active, version }: UserChange, since: Date): Seat {
  return { tenantId, userId, userName, occupied: active, version, since };
}

function balanceAfter({ tenantId, active }: UserChange, before: Balance | undefined): Balance {
  return {
    tenantId,
    inUse: (before?.inUse ?? 0) + (active ? 1 : -1),
    sequence: (before?.sequence ?? 0) + 1,
  };
}

function ledgerLine(
  { tenantId, userId, active, at, event }: UserChange,
  { inUse, sequence }: Balance,
  recordedAt: Date,
  id: string,
): LedgerLine {
  const kind = active ? 'occupied' : 'released';
  return { tenantId, sequence, id, userId, kind, effectiveAt: at, recordedAt, inUse, cause: event };
}

function seatEvent(
  { tenantId, userId, userName, active, at, event }: UserChange,
  { inUse, sequence }: Balance,
  recordedAt: Date,
): CloudEvent<SeatChange> {
  return cloudEvent({
    source: 'rollcall/billing',
    type: active ? SEAT_OCCUPIED : SEAT_RELEASED,
    tenantId,
    subject: `seats/${userId}`,
    version: sequence,
    time: at,
    cause: { commandId: event.commandid, requestId: event.requestid, actor: event.actor },
    causationId: event.id,
    data: { sequence, userId, userName, inUse, recordedAt: recordedAt.toISOString(), reason: event.type },
  });
}
