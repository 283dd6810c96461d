import type { CapReached } from '#events/cap-reached.v1';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { SEAT_ADJUSTED } from '#events/seat-adjusted.v1';
import type { SeatChange } from '#events/seat-change';
import { SEAT_CLASS_CHANGED } from '#events/seat-class-changed.v1';
import { SEAT_OCCUPIED } from '#events/seat-occupied.v1';
import { SEAT_RELEASED } from '#events/seat-released.v1';
import { USER_DELETED } from '#events/user-deleted.v1';
import type { GroupStep } from '../classes/group-graph.ts';
import { type Member, Members } from '../classes/members.ts';
import { type Effect, moved, NOWHERE, type SeatClass, type Standing, seatClass } from '../classes/seat-class.ts';
import type { Plan } from '../terms/plan.ts';
import { capEvents } from './cap-events.ts';
import type { LineCause } from './line-cause.ts';
import { type Balance, type Counted, Tally } from './tally.ts';
import type { UserChange } from './user-change.ts';

/** One person's seat: whether it is taken, and the last version of the user that was applied. */
export interface Seat {
  tenantId: string;
  userId: string;
  userName: string;
  occupied: boolean;
  /** the person is active in the directory: by the plan that is enough for a seat, or only once they have signed in */
  active: boolean;
  signedInAt: Date | null;
  version: number;
  /** when it was taken or released last */
  since: Date;
  /** what its class follows from */
  standing: Standing;
}

export interface LedgerLine extends Counted {
  tenantId: string;
  /** also the id of the seat event that tells of the line */
  id: string;
  userId: string;
  kind: 'occupied' | 'released' | 'class_changed' | 'adjusted';
  /** of the person's seat after the line; of a released one, the class it had */
  seatClass: SeatClass;
  /** of an adjusted line alone: what the seat is now */
  adjustedTo: 'occupied' | 'released' | null;
  /** sequence of the line that this one corrects */
  corrects: number | null;
  /** when it happened in the directory */
  effectiveAt: Date;
  /** when billing learned of it */
  recordedAt: Date;
  cause: LineCause;
}

/** A new light group of a tenant, and the groups whose effect that changed. */
export interface Reclassed {
  tenantId: string;
  moved: GroupStep['moved'];
  at: Date;
  cause: LineCause;
}

/** A seat that is set right, because the directory says so. */
export interface Adjustment {
  tenantId: string;
  userId: string;
  userName: string;
  adjustTo: 'occupied' | 'released';
  /** of the user in the directory */
  version: number;
  corrects: number | null;
  at: Date;
  cause: LineCause;
}

/** Other people take seats, because the plan now counts from another moment on. */
export interface Recounted {
  tenantId: string;
  billableFrom: Plan['billableFrom'];
  /** who is active and has not signed in */
  people: string[];
  at: Date;
  cause: LineCause;
}

/** Anything that can move a seat. */
export type Change = UserChange | GroupStep | Reclassed | Recounted | Adjustment;

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
    const since = flips || !seat ? at : seat.since;
    const standing = this.standing(change);
    const now = { tenantId, userId, userName, occupied, active, signedInAt, version, since, standing };
    this.keep(now);
    if (flips) this.line(now, occupied ? 'occupied' : 'released', { at, cause: causeOf(event) });
    if (event.type === USER_DELETED) {
      this.members.leaveAll(tenantId, userId);
      this.keep({ ...now, standing: NOWHERE });
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
    this.settle(tenantId, people, { at, cause: causeOf(event) });
  }

  reclass({ tenantId, moved: groups, at, cause }: Reclassed): void {
    const people = new Moving(this.standing.bind(this), tenantId);
    this.moveGroups(tenantId, groups, people);
    this.settle(tenantId, people, { at, cause });
  }

  recount({ tenantId, billableFrom, people, at, cause }: Recounted): void {
    const occupied = billableFrom === 'provisioned';
    for (const userId of people) {
      const seat = this.seat({ tenantId, userId });
      if (!seat || seat.occupied === occupied) continue;
      const now = { ...seat, occupied, since: at };
      this.keep(now);
      this.line(now, occupied ? 'occupied' : 'released', { at, cause });
    }
  }

  adjust(change: Adjustment): void {
    const { tenantId, userId, userName, adjustTo, version, corrects, at, cause } = change;
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
      standing,
    };
    this.keep(now);
    this.line(now, 'adjusted', { at, cause, adjustTo, corrects });
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
  private settle(tenantId: string, people: Moving, why: { at: Date; cause: LineCause }): void {
    for (const [userId, { before, now }] of people.inOrder()) {
      const key = seatKey({ tenantId, userId });
      const seat = this.seat({ tenantId, userId });
      if (!seat) {
        this.standingOf.set(key, now);
        continue;
      }
      const after = { ...seat, standing: now };
      this.keep(after);
      if (seat.occupied && seatClass(before) !== seatClass(now)) this.line(after, 'class_changed', why);
    }
  }

  private seat(person: { tenantId: string; userId: string }): Seat | undefined {
    return this.changedSeats.get(seatKey(person)) ?? this.seatOf.get(seatKey(person));
  }

  private standing(person: { tenantId: string; userId: string }): Standing {
    return this.seat(person)?.standing ?? this.standingOf.get(seatKey(person)) ?? NOWHERE;
  }

  private billableFrom(tenantId: string): Plan['billableFrom'] {
    return this.balanceOf.get(tenantId)?.term?.billableFrom ?? 'provisioned';
  }

  private tally(tenantId: string): Tally {
    const known = this.tallies.get(tenantId);
    if (known) return known;
    const nothing = { tenantId, inUse: 0, light: 0, sequence: 0, term: null };
    const tally = new Tally(this.balanceOf.get(tenantId) ?? nothing);
    this.tallies.set(tenantId, tally);
    return tally;
  }

  private keep(seat: Seat): void {
    this.changedSeats.set(seatKey(seat), seat);
  }

  private line(
    seat: Seat,
    kind: LedgerLine['kind'],
    why: { at: Date; cause: LineCause; adjustTo?: 'occupied' | 'released'; corrects?: number | null },
  ): void {
    const { tenantId, userId, userName } = seat;
    const tally = this.tally(tenantId);
    const counted = tally.add(
      { kind, seatClass: seatClass(seat.standing), occupied: seat.occupied },
      why.at,
      this.recordedAt,
    );
    const { sequence, inUse, light, paid } = counted;
    const adjustment = why.adjustTo && { occupied: why.adjustTo === 'occupied', corrects: why.corrects ?? null };
    const event = cloudEvent<SeatChange>({
      source: 'rollcall/billing',
      type: EVENT_OF[kind],
      tenantId,
      subject: `seats/${userId}`,
      version: sequence,
      time: why.at,
      cause: why.cause,
      causationId: why.cause.eventId,
      data: {
        sequence,
        userId,
        userName,
        seatClass: seatClass(seat.standing),
        inUse,
        inUseCore: inUse - light,
        inUseLight: light,
        recordedAt: this.recordedAt.toISOString(),
        reason: why.cause.eventType,
        ...paid,
        ...adjustment,
      },
    });
    this.events.push(event);
    this.lines.push({
      ...counted,
      tenantId,
      id: event.id,
      userId,
      kind,
      seatClass: seatClass(seat.standing),
      adjustedTo: why.adjustTo ?? null,
      corrects: why.corrects ?? null,
      effectiveAt: why.at,
      recordedAt: this.recordedAt,
      cause: why.cause,
    });
    this.events.push(...capEvents(tally, { ...why, recordedAt: this.recordedAt }));
  }
}

const EVENT_OF: Readonly<Record<LedgerLine['kind'], string>> = {
  occupied: SEAT_OCCUPIED,
  released: SEAT_RELEASED,
  class_changed: SEAT_CLASS_CHANGED,
  adjusted: SEAT_ADJUSTED,
};

/** The people whom one change moves, each with where it stood before and stands now. */
class Moving {
  private readonly people = new Map<string, { before: Standing; now: Standing }>();

  constructor(
    private readonly standing: (person: { tenantId: string; userId: string }) => Standing,
    private readonly tenantId: string,
  ) {}

  move(userId: string, effect: Effect, by: 1 | -1): void {
    const before = this.people.get(userId)?.before ?? this.standing({ tenantId: this.tenantId, userId });
    const now = this.people.get(userId)?.now ?? before;
    this.people.set(userId, { before, now: moved(now, effect, by) });
  }

  /** By id, so that the same events always lead to the same lines. */
  inOrder(): [string, { before: Standing; now: Standing }][] {
    return [...this.people].toSorted(([one], [other]) => (one < other ? -1 : 1));
  }
}

function seatKey({ tenantId, userId }: { tenantId: string; userId: string }): string {
  return `${tenantId}/${userId}`;
}

function causeOf({ id, type, commandid, requestid, actor }: CloudEvent): LineCause {
  return { eventId: id, eventType: type, commandId: commandid, requestId: requestid, actor };
}
