import type { CapReached } from '#events/cap-reached.v1';
import type { CloudEvent } from '#events/envelope';
import type { BillableFrom } from '#events/plan-applied.v1';
import type { SeatChange } from '#events/seat-change';
import { USER_DELETED } from '#events/user-deleted.v1';
import { newId } from '#runtime/ids';
import type { GroupStep } from '../classes/group-graph.ts';
import { type Member, Members } from '../classes/members.ts';
import { Moving } from '../classes/moving.ts';
import { NOWHERE, type Standing, seatClass } from '../classes/seat-class.ts';
import { billableFrom } from '../terms/running-term.ts';
import { capEvents } from './cap-events.ts';
import type { Adjustment, Change, Reclassed, Recounted } from './change.ts';
import { type LedgerLine, seatEvent } from './ledger-line.ts';
import { causeOf, type LineCause } from './line-cause.ts';
import { type Seat, seatKey } from './seat.ts';
import { type Balance, Tally } from './tally.ts';
import type { UserChange } from './user-change.ts';

/** Versions of a user that never came. Every event tells the whole state, so the seat is right all the same. */
export interface VersionGap {
  tenantId: string;
  userId: string;
  eventId: string;
  expected: number;
  found: number;
}

/** What is known before a batch. */
export interface Before {
  /** those of the users concerned that have one */
  seats: Seat[];
  /** those of the tenants concerned; a tenant without one starts from nothing */
  balances: Balance[];
  /** of the pairs that changes of groups name, and of groups whose effect changes: those that there are */
  members?: Member[];
  /** of people without a seat who are in groups already */
  standings?: (Pick<Member, 'tenantId' | 'userId'> & { standing: Standing })[];
}

/** What a batch leads to: what changed, as it is now, and what is added, in order. */
export interface SeatDecision {
  seats: Seat[];
  balances: Balance[];
  lines: LedgerLine[];
  events: CloudEvent<SeatChange | CapReached>[];
  gaps: VersionGap[];
  joined: Member[];
  left: Member[];
  /** people who are gone for good, and with them their memberships */
  departed: Pick<Member, 'tenantId' | 'userId'>[];
}

/**
 * Decides what changes do to seats. It reads nothing but its arguments; only the ids of the lines are new each time.
 *
 * A change whose version was applied already, or is older, does nothing. A seat that is as the change wants it has no line.
 *
 * @param changes in the order in which the directory committed them, per tenant
 */
export function decideSeats(before: Before, changes: Change[], recordedAt: Date): SeatDecision {
  const decider = new Decider(before, recordedAt);
  for (const change of changes) {
    if ('adjustTo' in change) decider.adjust(change);
    else if ('userId' in change) decider.user(change);
    else if ('change' in change) decider.group(change);
    else if ('people' in change) decider.recount(change);
    else decider.reclass(change);
  }
  return decider.decision();
}

/** When and why a line is written, and what it adjusts, if it does. */
interface Why {
  at: Date;
  cause: LineCause;
  adjusts?: Pick<Adjustment, 'adjustTo' | 'corrects'>;
}

class Decider {
  private readonly seatOf: Map<string, Seat>;
  private readonly standingOf: Map<string, Standing>;
  private readonly balanceOf: Map<string, Balance>;
  private readonly changedSeats = new Map<string, Seat>();
  private readonly tallies = new Map<string, Tally>();
  private readonly members: Members;
  private readonly lines: LedgerLine[] = [];
  private readonly events: SeatDecision['events'] = [];
  private readonly gaps: VersionGap[] = [];
  private readonly departed: SeatDecision['departed'] = [];

  constructor(
    before: Before,
    private readonly recordedAt: Date,
  ) {
    this.seatOf = new Map(before.seats.map((seat) => [seatKey(seat), seat]));
    this.balanceOf = new Map(before.balances.map((balance) => [balance.tenantId, balance]));
    this.standingOf = new Map(before.standings?.map((each) => [seatKey(each), each.standing]));
    this.members = new Members(before.members ?? []);
  }

  decision(): SeatDecision {
    const { lines, events, gaps, departed } = this;
    const seats = [...this.changedSeats.values()];
    const balances = [...this.tallies.values()].map((tally) => tally.balance());
    return { seats, balances, lines, events, gaps, departed, ...this.members.outcome() };
  }

  user(change: UserChange): void {
    const { tenantId, userId, userName, active, version, isSnapshot, at, event } = change;
    const seat = this.seat(change);
    const applied = seat?.version ?? 0;
    if (isSnapshot ? version < applied : version <= applied) return;
    if (version > applied + 1 && !isSnapshot) {
      this.gaps.push({ tenantId, userId, eventId: event.id, expected: applied + 1, found: version });
    }
    const signedInAt = change.signedInAt ?? seat?.signedInAt ?? null;
    const occupied = active && (signedInAt !== null || this.billableFrom(tenantId) === 'provisioned');
    const flips = occupied !== (seat?.occupied ?? false);
    const stays = seat && !flips && (occupied || active === seat.active);
    const since = stays ? seat.since : at;
    const standing = this.standing(change);
    const lastLine = seat?.lastLine ?? null;
    const now = { tenantId, userId, userName, occupied, active, signedInAt, version, since, lastLine, standing };
    const kept = flips
      ? this.line(now, occupied ? 'occupied' : 'released', { at, cause: causeOf(event) })
      : this.keep(now);
    if (event.type === USER_DELETED) {
      this.members.leaveAll(tenantId, userId);
      this.keep({ ...kept, standing: NOWHERE });
      this.departed.push({ tenantId, userId });
    }
  }

  group({ change, before, after, moved: groups }: GroupStep): void {
    const { tenantId, groupId, at, event } = change;
    const people = new Moving(this.standing.bind(this), tenantId);
    for (const userId of change.removed) {
      if (this.members.set({ tenantId, groupId, userId }, false)) people.move(userId, before, -1);
    }
    this.moveGroups(tenantId, groups, people);
    if (change.gone)
      for (const userId of this.members.in(change)) this.members.set({ tenantId, groupId, userId }, false);
    for (const userId of change.gone ? [] : change.added) {
      if (this.members.set({ tenantId, groupId, userId }, true)) people.move(userId, after, 1);
    }
    this.settle(tenantId, people, () => ({ at, cause: causeOf(event) }));
  }

  reclass({ tenantId, moved: groups, at, cause }: Reclassed): void {
    const people = new Moving(this.standing.bind(this), tenantId);
    this.moveGroups(tenantId, groups, people);
    this.settle(tenantId, people, (seat) => ({ at: notBefore(seat, at), cause }));
  }

  recount({ tenantId, billableFrom, people, at, cause }: Recounted): void {
    const occupied = billableFrom === 'provisioned';
    for (const userId of people) {
      const seat = this.seat({ tenantId, userId });
      if (!seat || seat.occupied === occupied) continue;
      const since = notBefore(seat, at);
      this.line({ ...seat, occupied, since }, occupied ? 'occupied' : 'released', { at: since, cause });
    }
  }

  adjust(change: Adjustment): void {
    const { tenantId, userId, userName, adjustTo, version, at, cause } = change;
    const seat = this.seat(change);
    const occupied = adjustTo === 'occupied';
    if (occupied === (seat?.occupied ?? false)) return;
    const standing = this.standing(change);
    const newest = Math.max(version, seat?.version ?? 1);
    const signedIn = seat?.signedInAt ?? (this.billableFrom(tenantId) === 'first_sign_in' ? at : null);
    const now: Seat = {
      tenantId,
      userId,
      userName,
      occupied,
      active: occupied,
      signedInAt: occupied ? signedIn : (seat?.signedInAt ?? null),
      version: newest,
      since: at,
      lastLine: seat?.lastLine ?? null,
      standing,
    };
    this.line(now, 'adjusted', { at, cause, adjusts: change });
  }

  private moveGroups(tenantId: string, groups: GroupStep['moved'], people: Moving): void {
    for (const { groupId, from, to } of groups) {
      for (const userId of this.members.in({ tenantId, groupId })) {
        people.move(userId, from, -1);
        people.move(userId, to, 1);
      }
    }
  }

  /** Keeps where people stand now, and writes a line for each taken seat whose class that changes. */
  private settle(tenantId: string, people: Moving, why: (seat: Seat) => Why): void {
    for (const [userId, { before, now }] of people.inOrder()) {
      const key = seatKey({ tenantId, userId });
      const seat = this.seat({ tenantId, userId });
      if (!seat) {
        this.standingOf.set(key, now);
        continue;
      }
      const after = { ...seat, standing: now };
      if (seat.occupied && seatClass(before) !== seatClass(now)) this.line(after, 'class_changed', why(seat));
      else this.keep(after);
    }
  }

  private seat(person: { tenantId: string; userId: string }): Seat | undefined {
    return this.changedSeats.get(seatKey(person)) ?? this.seatOf.get(seatKey(person));
  }

  private standing(person: { tenantId: string; userId: string }): Standing {
    return this.seat(person)?.standing ?? this.standingOf.get(seatKey(person)) ?? NOWHERE;
  }

  private billableFrom(tenantId: string): BillableFrom {
    return billableFrom(this.balanceOf.get(tenantId)?.term);
  }

  private tally(tenantId: string): Tally {
    const known = this.tallies.get(tenantId);
    if (known) return known;
    const nothing = { tenantId, inUse: 0, light: 0, sequence: 0, term: null };
    const tally = new Tally(this.balanceOf.get(tenantId) ?? nothing);
    this.tallies.set(tenantId, tally);
    return tally;
  }

  private keep(seat: Seat): Seat {
    this.changedSeats.set(seatKey(seat), seat);
    return seat;
  }

  /** Keeps a seat and writes the line that tells of it. @returns the seat, which knows its line */
  private line(seat: Seat, kind: LedgerLine['kind'], why: Why): Seat {
    const { tenantId, userId, userName, occupied } = seat;
    const { at, cause, adjusts } = why;
    const { recordedAt } = this;
    const tally = this.tally(tenantId);
    const line: LedgerLine = {
      ...tally.add({ kind, seatClass: seatClass(seat.standing), occupied }, at, recordedAt),
      tenantId,
      id: newId(),
      userId,
      kind,
      seatClass: seatClass(seat.standing),
      adjustedTo: adjusts?.adjustTo ?? null,
      corrects: adjusts?.corrects ?? null,
      effectiveAt: at,
      recordedAt,
      cause,
    };
    this.lines.push(line);
    this.events.push(seatEvent(line, userName));
    if (occupied) this.events.push(...capEvents(tally, { at, cause, recordedAt }));
    return this.keep({ ...seat, lastLine: { sequence: line.sequence, at } });
  }
}

/** When a plan moves a seat: from when it holds on, and not before the seat, or whom it waits for, became what it is. */
function notBefore({ lastLine, since }: Seat, at: Date): Date {
  return new Date(Math.max(at.getTime(), since.getTime(), lastLine?.at.getTime() ?? 0));
}
