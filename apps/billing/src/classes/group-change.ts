import type { CloudEvent } from '#events/envelope';
import { GROUP_CREATED } from '#events/group-created.v1';
import { GROUP_DELETED } from '#events/group-deleted.v1';
import { GROUP_LINKED } from '#events/group-linked.v1';
import { GROUP_MEMBERS_CHANGED, type GroupMembersChanged } from '#events/group-members-changed.v1';
import { GROUP_SNAPSHOT, type GroupSnapshot } from '#events/group-snapshot.v1';
import type { GroupState } from '#events/group-state';
import { GROUP_UNLINKED } from '#events/group-unlinked.v1';
import { GROUP_UPDATED } from '#events/group-updated.v1';
import { Rejection } from '#outbox/rejection';

/** What an event of a group tells: the group after it, and who came and left. Ids are lower case. */
export interface GroupChange {
  tenantId: string;
  groupId: string;
  displayName: string;
  /** a connection manages it: it is synced */
  managed: boolean;
  /** the group is no more */
  gone: boolean;
  /** users */
  added: string[];
  removed: string[];
  addedGroups: string[];
  removedGroups: string[];
  /** of the group, contiguous */
  version: number;
  /** what a snapshot tells of the members: these are all, of a stretch; nothing happened */
  exactly: Exactly | null;
  at: Date;
  event: CloudEvent;
}

/** The users of a stretch of ids, and the groups where they are told. */
export interface Exactly {
  after: string | null;
  through: string | null;
  groups: boolean;
}

const OF_GROUPS = new Set([
  GROUP_CREATED,
  GROUP_DELETED,
  GROUP_LINKED,
  GROUP_MEMBERS_CHANGED,
  GROUP_SNAPSHOT,
  GROUP_UNLINKED,
  GROUP_UPDATED,
]);

/**
 * What the event tells of a group; undefined when it is no group's.
 *
 * @throws Rejection for an event that no database can take
 */
export function groupChange(event: CloudEvent): GroupChange | undefined {
  if (!OF_GROUPS.has(event.type)) return undefined;
  const data = event.data as GroupState & Partial<GroupMembersChanged> & Partial<GroupSnapshot>;
  const isSnapshot = event.type === GROUP_SNAPSHOT;
  const groupId = data.groupId.toLowerCase();
  const at = new Date(event.time);
  const problem = whyNotStorable(event as CloudEvent<GroupState>, groupId, at);
  if (problem) throw new Rejection(event.id, problem);
  return {
    tenantId: event.tenantid.toLowerCase(),
    groupId,
    displayName: data.displayName,
    managed: typeof data.managedBy === 'string',
    gone: event.type === GROUP_DELETED,
    added: ids(isSnapshot ? data.users : data.added),
    removed: ids(data.removed),
    addedGroups: ids((isSnapshot ? data.groups : data.addedGroups) ?? []),
    removedGroups: ids(data.removedGroups),
    version: event.version,
    exactly: isSnapshot
      ? { after: data.usersAfter ?? null, through: data.usersThrough ?? null, groups: Boolean(data.groups) }
      : null,
    at,
    event,
  };
}

function ids(given: string[] | undefined): string[] {
  return [...new Set((given ?? []).map((id) => id.toLowerCase()))];
}

function whyNotStorable(event: CloudEvent<GroupState>, groupId: string, at: Date): string | undefined {
  if (event.source !== 'rollcall/directory') return 'it does not say that it is the directory’s';
  if (event.subject.toLowerCase() !== `groups/${groupId}`) return 'the subject is not the group in the data';
  if (Number.isNaN(at.getTime())) return 'the time is not a date';
  if (!Number.isSafeInteger(event.version)) return 'the version is out of range';
  const texts = [event.data.displayName, event.requestid, event.actor];
  if (texts.some((text) => text.includes('\u0000'))) return 'a text holds the character NUL';
  return undefined;
}
