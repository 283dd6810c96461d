import type { CloudEvent } from '#events/envelope';
import { USER_ACTIVATED } from '#events/user-activated.v1';
import { USER_CREATED } from '#events/user-created.v1';
import { USER_DEACTIVATED } from '#events/user-deactivated.v1';
import { USER_DELETED } from '#events/user-deleted.v1';
import { USER_LINKED } from '#events/user-linked.v1';
import { USER_SIGNED_IN } from '#events/user-signed-in.v1';
import { USER_SNAPSHOT, type UserSnapshot } from '#events/user-snapshot.v1';
import type { UserState } from '#events/user-state';
import { USER_UPDATED } from '#events/user-updated.v1';
import { Rejection } from '#outbox/rejection';

/** What an event of a user means for the user's seat: the state after the change. */
export interface UserChange {
  tenantId: string;
  userId: string;
  userName: string;
  active: boolean;
  /** for the first time; null when that is not told */
  signedInAt: Date | null;
  /** of the user, contiguous */
  version: number;
  /** nothing happened: it is told as it is, at a version that may have been applied already */
  isSnapshot: boolean;
  at: Date;
  event: CloudEvent;
}

const ACTIVE: Readonly<Record<string, (user: UserState) => boolean>> = {
  [USER_CREATED]: (user) => user.active,
  [USER_UPDATED]: (user) => user.active,
  [USER_LINKED]: (user) => user.active,
  [USER_SIGNED_IN]: (user) => user.active,
  [USER_SNAPSHOT]: (user) => user.active,
  [USER_ACTIVATED]: () => true,
  [USER_DEACTIVATED]: () => false,
  [USER_DELETED]: () => false,
};

/**
 * What the event means for its user's seat; undefined when it is no user's.
 *
 * @throws Rejection for an event that no database can take: it would hold up its queue for ever if it were tried again
 */
export function userChange(event: CloudEvent): UserChange | undefined {
  const activeIn = ACTIVE[event.type];
  return activeIn && changeOf(event as CloudEvent<UserState>, activeIn);
}

function changeOf(event: CloudEvent<UserState>, activeIn: (user: UserState) => boolean): UserChange {
  const userId = event.data.userId.toLowerCase();
  const { since } = event.data as Partial<UserSnapshot>;
  const isSnapshot = event.type === USER_SNAPSHOT;
  const at = new Date(isSnapshot && since ? since : event.time);
  const signedInAt = event.data.signedInAt ? new Date(event.data.signedInAt) : null;
  const problem = whyNotStorable(event, userId, [at, signedInAt ?? at]);
  if (problem) throw new Rejection(event.id, problem);
  return {
    tenantId: event.tenantid.toLowerCase(),
    userId,
    userName: event.data.userName,
    active: activeIn(event.data),
    signedInAt,
    version: event.version,
    isSnapshot,
    at,
    event,
  };
}

function whyNotStorable(event: CloudEvent<UserState>, userId: string, times: Date[]): string | undefined {
  if (event.source !== 'rollcall/directory') return 'it does not say that it is the directory’s';
  if (event.subject.toLowerCase() !== `users/${userId}`) return 'the subject is not the user in the data';
  if (times.some((time) => Number.isNaN(time.getTime()))) return 'a time is not a date';
  if (!Number.isSafeInteger(event.version)) return 'the version is out of range';
  const texts = [event.data.userName, event.requestid, event.actor];
  if (texts.some((text) => text.includes('\u0000'))) return 'a text holds the character NUL';
  return undefined;
}
