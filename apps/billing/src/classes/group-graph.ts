import type { GroupChange } from './group-change.ts';
import { combined, DEFAULT_LIGHT_GROUP, type Effect, ownEffect } from './seat-class.ts';

/** A group as billing keeps it. One that is gone stays, so that its version keeps late events out. */
export interface Group {
  tenantId: string;
  groupId: string;
  displayName: string;
  managed: boolean;
  version: number;
  gone: boolean;
  /** of being in it, its holders over any number of levels counted in */
  effect: Effect;
}

/** One group in another: who is in the member is in the holder. */
export interface Edge {
  tenantId: string;
  groupId: string;
  memberId: string;
}

/** A group whose effect another one became. */
export interface Moved {
  groupId: string;
  from: Effect;
  to: Effect;
}

/** What a change of a group does to those who are in groups. */
export interface GroupStep {
  change: GroupChange;
  /** effect of the group before and after it */
  before: Effect;
  after: Effect;
  moved: Moved[];
}

/** Versions of a group that never came: what they told of its members is missing. */
export interface GroupGap {
  tenantId: string;
  groupId: string;
  eventId: string;
  expected: number;
  found: number;
}

/**
 * The groups and edges that a batch concerns, and what becomes of them; pure. It must know each group that a change
 * names, those below it, those over any of these, and every edge between them.
 */
export class GroupGraph {
  readonly steps: GroupStep[] = [];
  readonly gaps: GroupGap[] = [];
  private readonly groups = new Map<string, Group>();
  private readonly changed = new Set<string>();
  private readonly above = new Map<string, Set<string>>();
  private readonly below = new Map<string, Set<string>>();
  private readonly edgesBefore: Set<string>;
  private readonly touched = new Map<string, Edge>();

  constructor(
    groups: Group[],
    edges: Edge[],
    private readonly lightGroups: Map<string, string>,
  ) {
    for (const group of groups) this.groups.set(key(group.tenantId, group.groupId), group);
    for (const edge of edges) this.link(edge);
    this.edgesBefore = new Set(edges.map(edgeKey));
  }

  /** Applies what a change tells of its group and notes the step; one whose version was applied already does nothing. */
  apply(change: GroupChange): void {
    const { tenantId, groupId, displayName, managed, version, gone } = change;
    const at = key(tenantId, groupId);
    const known = this.groups.get(at);
    const expected = (known?.version ?? 0) + 1;
    const isSnapshot = change.exactly !== null;
    if (isSnapshot ? version < expected - 1 : version < expected) return;
    if (version > expected && !isSnapshot)
      this.gaps.push({ tenantId, groupId, eventId: change.event.id, expected, found: version });

    const before = known?.effect ?? 'none';
    const concerned = new Set<string>();
    const regroups = gone || change.addedGroups.length + change.removedGroups.length > 0;
    const ownBefore = known && !known.gone ? ownEffect(known, this.lightGroup(tenantId)) : 'none';
    const ownAfter = gone ? 'none' : ownEffect(change, this.lightGroup(tenantId));
    if (!known || regroups || ownBefore !== ownAfter) this.walk(this.below, at, concerned);

    this.groups.set(at, { tenantId, groupId, displayName, managed, version, gone, effect: before });
    this.changed.add(at);
    for (const memberId of gone ? this.membersOf(at) : change.removedGroups) {
      this.walk(this.below, key(tenantId, memberId), concerned);
      this.unlink({ tenantId, groupId, memberId });
    }
    if (gone) for (const holder of this.holdersOf(at)) this.unlink({ tenantId, groupId: holder, memberId: groupId });
    else {
      for (const memberId of change.addedGroups) {
        this.link({ tenantId, groupId, memberId });
        this.walk(this.below, key(tenantId, memberId), concerned);
      }
    }
    const moved = this.settle(concerned);
    this.steps.push({ change, before, after: this.groups.get(at)?.effect ?? 'none', moved });
  }

  /** Gives a tenant another light group. @returns the groups whose effect that changes */
  nameLightGroup(tenantId: string, name: string): Moved[] {
    this.lightGroups.set(tenantId, name);
    return this.settle(new Set([...this.groups.keys()].filter((at) => at.startsWith(tenantId))));
  }

  /** What is to be kept of it now that was not so before. */
  outcome(): { groups: Group[]; joined: Edge[]; parted: Edge[] } {
    const groups = [...this.changed].flatMap((at) => this.groups.get(at) ?? []);
    const edges = [...this.touched].map(([at, edge]) => ({
      edge,
      was: this.edgesBefore.has(at),
      is: this.isLinked(edge),
    }));
    return {
      groups,
      joined: edges.flatMap(({ edge, was, is }) => (is && !was ? [edge] : [])),
      parted: edges.flatMap(({ edge, was, is }) => (was && !is ? [edge] : [])),
    };
  }

  private settle(concerned: Set<string>): Moved[] {
    const moved: Moved[] = [];
    for (const at of concerned) {
      const group = this.groups.get(at);
      if (!group) continue;
      const effect = this.effectOf(at);
      if (effect === group.effect) continue;
      moved.push({ groupId: group.groupId, from: group.effect, to: effect });
      this.groups.set(at, { ...group, effect });
      this.changed.add(at);
    }
    return moved;
  }

  private effectOf(at: string): Effect {
    const holders = this.walk(this.above, at, new Set());
    return combined(
      [...holders].map((holder) => {
        const group = this.groups.get(holder);
        return group && !group.gone ? ownEffect(group, this.lightGroup(group.tenantId)) : 'none';
      }),
    );
  }

  /** Adds to `found` what can be reached from a group, the group itself too. */
  private walk(along: Map<string, Set<string>>, from: string, found: Set<string>): Set<string> {
    const waiting = [from];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (found.has(at)) continue;
      found.add(at);
      waiting.push(...(along.get(at) ?? []));
    }
    return found;
  }

  private lightGroup(tenantId: string): string {
    return this.lightGroups.get(tenantId) ?? DEFAULT_LIGHT_GROUP;
  }

  private membersOf(at: string): string[] {
    return [...(this.below.get(at) ?? [])].map(idOf);
  }

  private holdersOf(at: string): string[] {
    return [...(this.above.get(at) ?? [])].map(idOf);
  }

  private isLinked({ tenantId, groupId, memberId }: Edge): boolean {
    return this.below.get(key(tenantId, groupId))?.has(key(tenantId, memberId)) ?? false;
  }

  private link(edge: Edge): void {
    const [holder, member] = [key(edge.tenantId, edge.groupId), key(edge.tenantId, edge.memberId)];
    this.touched.set(edgeKey(edge), edge);
    this.below.set(holder, (this.below.get(holder) ?? new Set()).add(member));
    this.above.set(member, (this.above.get(member) ?? new Set()).add(holder));
  }

  private unlink(edge: Edge): void {
    const [holder, member] = [key(edge.tenantId, edge.groupId), key(edge.tenantId, edge.memberId)];
    this.touched.set(edgeKey(edge), edge);
    this.below.get(holder)?.delete(member);
    this.above.get(member)?.delete(holder);
  }
}

function key(tenantId: string, groupId: string): string {
  return `${tenantId}/${groupId}`;
}

function idOf(at: string): string {
  return at.slice(at.indexOf('/') + 1);
}

function edgeKey({ tenantId, groupId, memberId }: Edge): string {
  return `${key(tenantId, groupId)}/${memberId}`;
}
