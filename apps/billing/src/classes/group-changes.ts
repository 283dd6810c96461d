import type { EntityManager } from 'typeorm';
import type { UserChange } from '../seats/user-change.ts';
import type { Exactly, GroupChange } from './group-change.ts';
import { type Group, GroupGraph } from './group-graph.ts';
import {
  findAllMembers,
  findEdges,
  findGroups,
  findLightGroups,
  findMembers,
  findOtherEdges,
  findOtherMembers,
} from './group-rows.ts';
import type { Member } from './members.ts';
import { DEFAULT_LIGHT_GROUP, ownEffect } from './seat-class.ts';

type Named = Pick<Group, 'tenantId' | 'groupId'>;

/** What a batch's changes of groups come to, and the memberships that deciding on seats needs. */
export interface ReadChanges {
  graph: GroupGraph;
  members: Member[];
}

/**
 * Reads what changes of groups concern and applies them to it. Edges are read only when a change can move the effect of
 * groups below: most are of members alone. To be called while the tenants' balances are locked.
 */
export async function readGroupChanges(tx: EntityManager, changes: GroupChange[]): Promise<ReadChanges> {
  const named = distinct(changes.flatMap(groupsIn));
  const lightGroups = await findLightGroups(tx, [...new Set(changes.map(({ tenantId }) => tenantId))]);
  let groups = await findGroups(tx, named);
  const regroups = changes.some((change) => movesGroups(change, groups, lightGroups));
  const edges = regroups ? await findEdges(tx, named) : [];
  if (edges.length > 0) {
    const ends = edges.flatMap(({ tenantId, groupId, memberId }) => [
      { tenantId, groupId },
      { tenantId, groupId: memberId },
    ]);
    groups = await findGroups(tx, distinct([...named, ...ends]));
  }
  const existing = new Set(groups.map(groupKey));
  const graph = new GroupGraph(groups, edges, lightGroups);
  for (const change of changes) graph.apply(change);

  const moved = graph.steps.flatMap(({ change: { tenantId }, moved: each }) =>
    each.map(({ groupId }) => ({ tenantId, groupId })),
  );
  const known = distinct(moved).filter((group) => existing.has(groupKey(group)));
  const pairs = changes.flatMap(({ tenantId, groupId, added, removed }) =>
    [...added, ...removed].map((userId) => ({ tenantId, groupId, userId })),
  );
  return { graph, members: [...(await findMembers(tx, pairs)), ...(await findAllMembers(tx, known))] };
}

/** Changes with snapshots of groups as what they change. Their groups must be as the database has them. */
export async function asDeltas<C extends UserChange | GroupChange>(tx: EntityManager, changes: C[]): Promise<C[]> {
  const deltas: C[] = [];
  for (const change of changes) {
    const exactly = 'groupId' in change ? change.exactly : null;
    deltas.push(exactly ? ((await asDelta(tx, change as GroupChange, exactly)) as C) : change);
  }
  return deltas;
}

/** Who is in a group by what billing has, and is not by its snapshot, leaves it. */
async function asDelta(tx: EntityManager, change: GroupChange, exactly: Exactly): Promise<GroupChange> {
  const removed = await findOtherMembers(tx, change, { ...exactly, users: change.added });
  const removedGroups = exactly.groups ? await findOtherEdges(tx, change, change.addedGroups) : [];
  return { ...change, removed, removedGroups };
}

/**
 * Runs of changes in which no snapshot follows another change of its group: what a snapshot takes away is found in the database.
 */
export function* beforeSnapshots<C extends UserChange | GroupChange>(changes: readonly C[]): Generator<C[]> {
  let run: C[] = [];
  let groups = new Set<string>();
  for (const change of changes) {
    if ('groupId' in change) {
      if (change.exactly && groups.has(groupKey(change))) {
        yield run;
        run = [];
        groups = new Set();
      }
      groups.add(groupKey(change));
    }
    run.push(change);
  }
  if (run.length > 0) yield run;
}

/** Whether the effect of groups may change by it. One that is not known may be in others already: they may have told so first. */
function movesGroups(change: GroupChange, groups: Group[], lightGroups: Map<string, string>): boolean {
  if (change.gone || change.addedGroups.length + change.removedGroups.length > 0) return true;
  const known = groups.find((group) => groupKey(group) === groupKey(change));
  if (!known) return true;
  const lightGroup = lightGroups.get(change.tenantId) ?? DEFAULT_LIGHT_GROUP;
  return known.gone || ownEffect(known, lightGroup) !== ownEffect(change, lightGroup);
}

function groupsIn({ tenantId, groupId, addedGroups, removedGroups }: GroupChange): Named[] {
  return [groupId, ...addedGroups, ...removedGroups].map((id) => ({ tenantId, groupId: id }));
}

function distinct(groups: Named[]): Named[] {
  return [...new Map(groups.map((group) => [groupKey(group), { ...group }])).values()];
}

function groupKey({ tenantId, groupId }: Named): string {
  return `${tenantId}/${groupId}`;
}
