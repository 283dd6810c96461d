import type { EntityManager } from 'typeorm';
import type { GroupChange } from './group-change.ts';
import { type Group, GroupGraph } from './group-graph.ts';
import { findAllMembers, findEdges, findGroups, findLightGroups, findMembers } from './group-rows.ts';
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

/** Whether the effect of other groups than a new one may change by it. */
function movesGroups(change: GroupChange, groups: Group[], lightGroups: Map<string, string>): boolean {
  if (change.gone || change.addedGroups.length + change.removedGroups.length > 0) return true;
  const known = groups.find((group) => groupKey(group) === groupKey(change));
  if (!known) return change.version > 1;
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
