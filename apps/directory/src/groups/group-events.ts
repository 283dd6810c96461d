import { isDeepStrictEqual } from 'node:util';
import { type Cause, type CloudEvent, cloudEvent } from '#events/envelope';
import { GROUP_CREATED } from '#events/group-created.v1';
import { GROUP_DELETED } from '#events/group-deleted.v1';
import { GROUP_LINKED } from '#events/group-linked.v1';
import { GROUP_MEMBERS_CHANGED, type GroupMembersChanged, MEMBERS_PER_EVENT } from '#events/group-members-changed.v1';
import type { GroupState } from '#events/group-state';
import { GROUP_UNLINKED } from '#events/group-unlinked.v1';
import { GROUP_UPDATED } from '#events/group-updated.v1';
import { groupType } from '#scim/group';
import type { ResourceType } from '#scim/schema';
import type { Shown } from '../activity/append-changes.ts';
import { attributeChanges, memberCounts } from '../activity/attribute-changes.ts';
import type { Group } from './group.entity.ts';
import type { MembershipDelta } from './memberships.ts';

/** What a change of a group is told as: each event has the group's next version, and the last one is the ETag. */
interface Fact extends Shown {
  type: string;
  data: GroupState;
}

/** @param type the tenant's own, so that its attributes are known by what they are */
export function created(group: Group, delta: MembershipDelta, type: ResourceType = groupType): Fact[] {
  const changes = attributeChanges(undefined, group.data, type);
  return [{ type: GROUP_CREATED, data: stateOf(group), changes }, ...membersChanged(group, delta)];
}

export function deleted(group: Group): Fact[] {
  const changes = [{ path: 'displayName', before: group.displayName }];
  return [{ type: GROUP_DELETED, data: stateOf(group), changes }];
}

export function changes(before: Group, after: Group, delta: MembershipDelta, type: ResourceType = groupType): Fact[] {
  const data = stateOf(after);
  const link = after.managedBy === null ? GROUP_UNLINKED : GROUP_LINKED;
  const isSame = isDeepStrictEqual(before.data, after.data);
  return [
    ...(before.managedBy === after.managedBy ? [] : [{ type: link, data }]),
    ...(isSame ? [] : [{ type: GROUP_UPDATED, data, changes: attributeChanges(before.data, after.data, type) }]),
    ...membersChanged(after, delta),
  ];
}

/** The events of a group's facts, numbered from the version before them. */
export function groupEvents(
  group: Group,
  versionBefore: number,
  facts: Fact[],
  cause: Cause,
  time: Date,
): CloudEvent[] {
  return facts.map(({ type, data }, index) =>
    cloudEvent({
      source: 'rollcall/directory',
      type,
      tenantId: group.tenantId,
      subject: `groups/${group.id}`,
      version: versionBefore + index + 1,
      time,
      cause,
      data,
    }),
  );
}

function membersChanged(group: Group, { added, removed, addedGroups, removedGroups }: MembershipDelta): Fact[] {
  const facts: Fact[] = [];
  const most = Math.max(added.length, removed.length, addedGroups.length, removedGroups.length);
  for (let at = 0; at < most; at += MEMBERS_PER_EVENT) {
    const part = (ids: string[]) => ids.slice(at, at + MEMBERS_PER_EVENT);
    const data: GroupMembersChanged = {
      ...stateOf(group),
      added: part(added),
      removed: part(removed),
      ...(addedGroups.length > at && { addedGroups: part(addedGroups) }),
      ...(removedGroups.length > at && { removedGroups: part(removedGroups) }),
    };
    const { addedGroups: groupsIn = [], removedGroups: groupsOut = [] } = data;
    const changes = memberCounts(data.added.length + groupsIn.length, data.removed.length + groupsOut.length);
    facts.push({ type: GROUP_MEMBERS_CHANGED, data, changes });
  }
  return facts;
}

function stateOf(group: Group): GroupState {
  return { groupId: group.id, displayName: group.displayName, managedBy: group.managedBy };
}
