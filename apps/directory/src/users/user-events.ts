import { isDeepStrictEqual } from 'node:util';
import type { Cause, CloudEvent } from '#events/envelope';
import { cloudEvent } from '#events/envelope';
import { USER_ACTIVATED } from '#events/user-activated.v1';
import { USER_CREATED } from '#events/user-created.v1';
import { USER_DEACTIVATED } from '#events/user-deactivated.v1';
import { USER_DELETED } from '#events/user-deleted.v1';
import { USER_LINKED } from '#events/user-linked.v1';
import { USER_SIGNED_IN } from '#events/user-signed-in.v1';
import type { UserState } from '#events/user-state';
import { USER_UPDATED, type UserUpdated } from '#events/user-updated.v1';
import type { ResourceType } from '#scim/schema';
import { userType } from '#scim/user';
import type { Shown } from '../activity/append-changes.ts';
import { attributeChanges } from '../activity/attribute-changes.ts';
import type { User } from './user.entity.ts';

/** What a change of a user is told as: each event has the user's next version, and the last one is the ETag. */
interface Fact extends Shown {
  type: string;
  data: UserState | UserUpdated;
}

/** @param type the tenant's own, so that its attributes are known by what they are */
export function created(user: User, type: ResourceType = userType): Fact {
  return { type: USER_CREATED, data: stateOf(user), changes: attributeChanges(undefined, user.data, type) };
}

export function deleted(user: User): Fact {
  const changes = [{ path: 'userName', before: user.userName }];
  return { type: USER_DELETED, data: { ...stateOf(user), active: false }, changes };
}

export function signedIn(user: User): Fact {
  return { type: USER_SIGNED_IN, data: stateOf(user) };
}

/**
 * The flip of `active` comes first, because every event carries the state after the change and the one that says
 * why a seat was taken must be the one that billing sees first.
 */
export function changes(before: User, after: User, type: ResourceType): Fact[] {
  const data = stateOf(after);
  const changed = changedAttributes(before, after);
  const active = { path: 'active', before: String(before.active), after: String(after.active) };
  const others = () => attributeChanges({ ...before.data, active: after.active }, after.data, type);
  return [
    ...(before.active === after.active
      ? []
      : [{ type: after.active ? USER_ACTIVATED : USER_DEACTIVATED, data, changes: [active] }]),
    ...(changed.length > 0 ? [{ type: USER_UPDATED, data: { ...data, changed }, changes: others() }] : []),
    ...(before.managedBy === after.managedBy ? [] : [{ type: USER_LINKED, data }]),
  ];
}

/** A fact as the user's event of this version. */
export function userEvent(user: User, version: number, { type, data }: Fact, cause: Cause, time: Date): CloudEvent {
  const subject = `users/${user.id}`;
  return cloudEvent({
    source: 'rollcall/directory',
    type,
    tenantId: user.tenantId,
    subject,
    version,
    time,
    cause,
    data,
  });
}

function stateOf({ id, userName, active, managedBy, firstSignedInAt }: User): UserState {
  const signedInAt = firstSignedInAt && { signedInAt: firstSignedInAt.toISOString() };
  return { userId: id, userName, active, managedBy, ...signedInAt };
}

function changedAttributes(before: User, after: User): string[] {
  const names = new Set([...Object.keys(before.data), ...Object.keys(after.data)]);
  names.delete('active');
  names.delete('schemas');
  return [...names].filter((name) => !isDeepStrictEqual(before.data[name], after.data[name])).sort();
}
