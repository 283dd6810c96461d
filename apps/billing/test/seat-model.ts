import type { CloudEvent } from '#events/envelope';
import type { GroupMembersChanged } from '#events/group-members-changed.v1';
import type { UserState } from '#events/user-state';
import { DEFAULT_LIGHT_GROUP, type SeatClass } from '../src/classes/seat-class.ts';
import { startOfLocalDay, type Term, termFrom } from '../src/terms/calendar.ts';
import type { Plan } from '../src/terms/plan.ts';
import type { SeatFact } from '../src/terms/stays.ts';
import { naiveBill } from './naive-bill.ts';

/** A ledger line as the model writes it. */
export interface ModelLine {
  userId: string;
  kind: SeatFact['kind'];
  seatClass: SeatClass;
  effectiveAt: string;
  recordedAt: string;
  inUse: number;
  light: number;
}

interface Group {
  displayName: string;
  managed: boolean;
  version: number;
  users: Set<string>;
  groups: Set<string>;
}

/**
 * Billing of one tenant in memory, in the plainest way: after each event it looks at everybody, and at each close it bills all
 * of history again, hour by hour.
 */
export class SeatModel {
  readonly lines: ModelLine[] = [];
  readonly invoices: { term: number; total: bigint }[] = [];
  private readonly seen = new Set<string>();
  private readonly users = new Map<string, { version: number; active: boolean; signedIn: boolean }>();
  private readonly groups = new Map<string, Group>();
  private plan: Plan | undefined;
  private terms: Term[] = [];
  /** what was billed for each closed term so far */
  private readonly billed: bigint[] = [];
  /** lines that the plan wrote */
  private readonly byPlan = new Set<ModelLine>();

  setPlan(plan: Plan, now: Date): void {
    const before = this.seats();
    this.plan = plan;
    const start = startOfLocalDay(now, plan.timeZone);
    this.terms = [termFrom(start, plan)];
    const last = new Map(this.lines.map(({ userId, effectiveAt }) => [userId, effectiveAt]));
    const from = start.toISOString();
    const count = this.lines.length;
    this.write(before, (userId) => [from, last.get(userId) ?? from].sort().at(-1) ?? from, now);
    for (const line of this.lines.slice(count)) this.byPlan.add(line);
  }

  take(event: CloudEvent, recordedAt: Date): void {
    if (this.seen.has(event.id)) return;
    this.seen.add(event.id);
    const before = this.seats();
    if (event.type.startsWith('user.')) this.user(event as CloudEvent<UserState>);
    else this.group(event as CloudEvent<GroupMembersChanged>);
    this.write(before, () => event.time, recordedAt);
  }

  /** Closes every term that ended so long ago, and corrects what was learned of since its close. */
  closeTerms(endedBy: Date): void {
    for (let open = this.terms.at(-1); open && this.plan && open.end <= endedBy; open = this.terms.at(-1)) {
      const costs = this.terms.map((term) => this.cost(term));
      const total = costs.reduce((sum, cost, index) => sum + cost - (this.billed[index] ?? 0n), 0n);
      this.invoices.push({ term: this.terms.length, total });
      costs.forEach((cost, index) => {
        this.billed[index] = cost;
      });
      this.terms.push(termFrom(open.end, this.plan));
    }
  }

  /** What the open term costs so far, corrections of closed ones included. */
  preview(): bigint | undefined {
    if (!this.plan) return undefined;
    return this.terms.reduce((sum, term, index) => sum + this.cost(term) - (this.billed[index] ?? 0n), 0n);
  }

  private cost(term: Term): bigint {
    const factsOf = new Map<string, SeatFact[]>();
    for (const [index, line] of this.lines.entries()) {
      const { userId, kind, seatClass } = line;
      const [byPlan, claimed] = [this.byPlan.has(line), Date.parse(line.effectiveAt)];
      const before = factsOf.get(userId) ?? [];
      // a plan moves nobody of whom something earlier is learned later
      while (!byPlan && before.at(-1)?.byPlan && (before.at(-1)?.at ?? 0) > claimed) before.pop();
      // what claims to be earlier than the line before it of the same person takes effect with that one
      const at = Math.max(claimed, before.at(-1)?.at ?? 0);
      factsOf.set(userId, [...before, { sequence: index + 1, userId, kind, seatClass, at, byPlan }]);
    }
    const facts = [...factsOf.values()].flat();
    return this.plan ? naiveBill({ plan: this.plan, term, facts }).total : 0n;
  }

  /** A line for each whose seat is another than before, in the order of their ids. */
  private write(before: Map<string, SeatClass>, effectiveAt: (userId: string) => string, recordedAt: Date): void {
    const after = this.seats();
    const seats = new Map(before);
    for (const userId of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [was, is] = [before.get(userId), after.get(userId)];
      const seatClass = is ?? was;
      if (was === is || !seatClass) continue;
      if (is) seats.set(userId, is);
      else seats.delete(userId);
      this.lines.push({
        userId,
        kind: !was ? 'occupied' : !is ? 'released' : 'class_changed',
        seatClass,
        effectiveAt: effectiveAt(userId),
        recordedAt: recordedAt.toISOString(),
        inUse: seats.size,
        light: [...seats.values()].filter((each) => each === 'light').length,
      });
    }
  }

  private user({ type, version, data: { userId, active, signedInAt } }: CloudEvent<UserState>): void {
    if (version <= (this.users.get(userId)?.version ?? 0)) return;
    const isGone = type === 'user.deleted.v1';
    this.users.set(userId, { version, active: active && !isGone, signedIn: Boolean(signedInAt) });
    if (isGone) for (const group of this.groups.values()) group.users.delete(userId);
  }

  private group({ type, version, data }: CloudEvent<GroupMembersChanged>): void {
    const known = this.groups.get(data.groupId) ?? { version: 0, users: new Set(), groups: new Set() };
    if (version <= known.version) return;
    const group = { ...known, displayName: data.displayName, managed: data.managedBy !== null, version };
    this.groups.set(data.groupId, group);
    for (const id of data.added ?? []) group.users.add(id);
    for (const id of data.removed ?? []) group.users.delete(id);
    for (const id of data.addedGroups ?? []) group.groups.add(id);
    for (const id of data.removedGroups ?? []) group.groups.delete(id);
    if (type === 'group.deleted.v1') {
      this.groups.set(data.groupId, { ...group, managed: false, users: new Set(), groups: new Set() });
      for (const other of this.groups.values()) other.groups.delete(data.groupId);
    }
  }

  /** The class of everybody who takes a seat. */
  private seats(): Map<string, SeatClass> {
    const managed = [...this.groups].filter(([, group]) => group.managed);
    const inGroups = managed.map(([id, group]) => ({ name: group.displayName, people: this.everybodyIn(id) }));
    const taken = [...this.users].filter(
      ([, { active, signedIn }]) => active && (signedIn || this.plan?.billableFrom !== 'first_sign_in'),
    );
    return new Map(
      taken.map(([id]) => {
        const names = inGroups.filter(({ people }) => people.has(id)).map(({ name }) => name);
        return [id, names.length === 1 && names[0] === DEFAULT_LIGHT_GROUP ? 'light' : 'core'];
      }),
    );
  }

  private everybodyIn(id: string): Set<string> {
    const group = this.groups.get(id);
    return new Set([
      ...(group?.users ?? []),
      ...[...(group?.groups ?? [])].flatMap((each) => [...this.everybodyIn(each)]),
    ]);
  }
}
