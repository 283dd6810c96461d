import { type CloudEvent, cloudEvent } from '#events/envelope';
import type { GroupMembersChanged } from '#events/group-members-changed.v1';
import { newId } from '#runtime/ids';
import { DEFAULT_LIGHT_GROUP, type SeatClass } from '../src/classes/seat-class.ts';
import { userEvent } from './directory-events.ts';

export const OPERATIONS = [
  'create user',
  'flip user',
  'delete user',
  'sign in',
  'create group',
  'rename',
  'link or unlink',
  'add members',
  'remove member',
  'replace members',
  'add group',
  'remove group',
  'delete group',
] as const;

/** One thing that happens in the directory; the numbers choose among what is there. */
export interface Operation {
  kind: (typeof OPERATIONS)[number];
  a: number;
  b: number;
}

interface User {
  id: string;
  active: boolean;
  signedInAt: Date | undefined;
  gone: boolean;
  version: number;
}

interface Group {
  id: string;
  displayName: string;
  managed: boolean;
  gone: boolean;
  version: number;
  users: Set<User>;
  groups: Set<Group>;
}

const CONNECTION = newId();

/** One tenant of a directory, in a few lines: tells what happens as events, and knows who takes which seat by looking at everything. */
export class DirectoryModel {
  readonly tenantId = newId();
  lightGroup = DEFAULT_LIGHT_GROUP;
  /** when what happens does */
  now = new Date('2026-01-01T00:00:00.000Z');
  private readonly users: User[] = [];
  private readonly groups: Group[] = [];

  /** @returns the events of it; none when there is nothing that it could happen to */
  perform({ kind, a, b }: Operation): CloudEvent[] {
    const user = choose(
      this.users.filter(({ gone }) => !gone),
      a,
    );
    const living = this.groups.filter(({ gone }) => !gone);
    const [group, other] = [choose(living, a), choose(living, b)];
    if (kind === 'create user') {
      const created = { id: newId(), active: b % 4 > 0, signedInAt: undefined, gone: false, version: 0 };
      this.users.push(created);
      return [this.tellUser(created, 'created')];
    }
    if (kind === 'create group') {
      const isLight = a % 2 === 0 && !living.some(({ displayName }) => displayName === this.lightGroup);
      const displayName = isLight ? this.lightGroup : `Group ${this.groups.length}`;
      const made: Group = {
        id: newId(),
        displayName,
        managed: b % 3 > 0,
        gone: false,
        version: 0,
        users: new Set(),
        groups: new Set(),
      };
      this.groups.push(made);
      return [this.tellGroup(made, 'created')];
    }
    if (kind === 'flip user' && user) {
      user.active = !user.active;
      return [this.tellUser(user, user.active ? 'activated' : 'deactivated')];
    }
    if (kind === 'sign in' && user?.active && !user.signedInAt) {
      user.signedInAt = this.now;
      return [this.tellUser(user, 'signed_in')];
    }
    if (kind === 'delete user' && user) {
      Object.assign(user, { gone: true, active: false });
      for (const each of this.groups) each.users.delete(user);
      return [this.tellUser(user, 'deleted')];
    }
    return group ? this.performOn(group, other, { kind, a, b }) : [];
  }

  /** The class of everybody who takes a seat, by id. */
  seats(): Record<string, SeatClass> {
    const taken = this.users.filter(({ active }) => active).map(({ id }) => id);
    const inGroups = this.groups
      .filter(({ gone, managed }) => !gone && managed)
      .map((group) => ({ group, people: everybodyIn(group) }));
    return Object.fromEntries(
      taken.map((id) => {
        const names = inGroups.flatMap(({ group, people }) => (people.has(id) ? [group.displayName] : []));
        return [id, names.length === 1 && names[0] === this.lightGroup ? 'light' : 'core'];
      }),
    );
  }

  private performOn(group: Group, other: Group | undefined, { kind, b }: Operation): CloudEvent[] {
    if (kind === 'rename') {
      const isTaken = this.groups.some(({ gone, displayName }) => !gone && displayName === this.lightGroup);
      group.displayName = b % 2 === 0 && !isTaken ? this.lightGroup : `Group ${b} of ${group.id}`;
      return [this.tellGroup(group, 'updated')];
    }
    if (kind === 'link or unlink') {
      group.managed = !group.managed;
      return [this.tellGroup(group, group.managed ? 'linked' : 'unlinked')];
    }
    if (kind === 'add members') {
      const joining = this.users.filter((user, index) => !user.gone && !group.users.has(user) && (index + b) % 2 === 0);
      for (const user of joining) group.users.add(user);
      return joining.length > 0
        ? [this.tellGroup(group, 'members_changed', { added: joining.map(({ id }) => id) })]
        : [];
    }
    if (kind === 'remove member') {
      const leaving = choose([...group.users], b);
      if (!leaving) return [];
      group.users.delete(leaving);
      return [this.tellGroup(group, 'members_changed', { removed: [leaving.id] })];
    }
    if (kind === 'replace members') {
      const removed = [...group.users].filter((_, index) => (index + b) % 3 > 0);
      const added = this.users.filter((user, index) => !user.gone && !group.users.has(user) && (index + b) % 2 === 0);
      if (removed.length + added.length === 0) return [];
      for (const user of removed) group.users.delete(user);
      for (const user of added) group.users.add(user);
      const changed = { added: added.map(({ id }) => id), removed: removed.map(({ id }) => id) };
      return [this.tellGroup(group, 'members_changed', changed)];
    }
    if (kind === 'add group' && other && !group.groups.has(other) && !everyGroupIn(other).has(group)) {
      group.groups.add(other);
      return [this.tellGroup(group, 'members_changed', { addedGroups: [other.id] })];
    }
    if (kind === 'remove group') return this.removeGroup(group, choose([...group.groups], b));
    if (kind === 'delete group') {
      const parted = this.groups.flatMap((holder) => (holder.groups.has(group) ? this.removeGroup(holder, group) : []));
      group.gone = true;
      group.users.clear();
      group.groups.clear();
      return [...parted, this.tellGroup(group, 'deleted')];
    }
    return [];
  }

  private removeGroup(holder: Group, member: Group | undefined): CloudEvent[] {
    if (!member) return [];
    holder.groups.delete(member);
    return [this.tellGroup(holder, 'members_changed', { removedGroups: [member.id] })];
  }

  private tellUser(user: User, verb: string): CloudEvent {
    user.version += 1;
    const { id: userId, active, version, signedInAt } = user;
    return userEvent({
      type: `user.${verb}.v1`,
      tenantId: this.tenantId,
      userId,
      version,
      active,
      time: this.now,
      ...(signedInAt && { signedInAt }),
    });
  }

  private tellGroup(group: Group, verb: string, members?: Partial<GroupMembersChanged>): CloudEvent {
    group.version += 1;
    const { id, displayName, managed, version } = group;
    return groupEvent({
      type: `group.${verb}.v1`,
      tenantId: this.tenantId,
      groupId: id,
      displayName,
      managed,
      version,
      time: this.now,
      ...members,
    });
  }
}

/** What a test wants an event of a group to be. */
export interface GroupFacts
  extends Partial<Pick<GroupMembersChanged, 'added' | 'removed' | 'addedGroups' | 'removedGroups'>> {
  type: string;
  tenantId: string;
  groupId: string;
  displayName: string;
  managed: boolean;
  version: number;
  time?: Date;
}

/** An event of a group as the directory tells it. */
export function groupEvent({
  type,
  tenantId,
  groupId,
  displayName,
  managed,
  version,
  time,
  ...members
}: GroupFacts): CloudEvent {
  const state = { groupId, displayName, managedBy: managed ? CONNECTION : null };
  return cloudEvent({
    source: 'rollcall/directory',
    type,
    tenantId,
    subject: `groups/${groupId}`,
    version,
    time: time ?? new Date('2026-01-01T00:00:00.000Z'),
    cause: { commandId: newId(), requestId: 'request-1', actor: 'operator' },
    data: type === 'group.members_changed.v1' ? { ...state, added: [], removed: [], ...members } : state,
  });
}

/** A group as its snapshot tells it, or a part of that. */
export function groupSnapshot(facts: Omit<GroupFacts, 'type'>, users: string[], part: object = {}): CloudEvent {
  const event = groupEvent({ ...facts, type: 'group.snapshot.v1' });
  return { ...event, data: { ...event.data, users, usersAfter: null, usersThrough: null, groups: [], ...part } };
}

function choose<T>(from: T[], at: number): T | undefined {
  return from[at % from.length];
}

function everyGroupIn(group: Group): Set<Group> {
  return new Set([group, ...[...group.groups].flatMap((member) => [...everyGroupIn(member)])]);
}

function everybodyIn(group: Group): Set<string> {
  return new Set([...everyGroupIn(group)].flatMap(({ users }) => [...users].map(({ id }) => id)));
}
