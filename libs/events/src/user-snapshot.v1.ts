import { IsInstant } from '#runtime/instant';
import { exampleUser, UserState } from './user-state.ts';

export const USER_SNAPSHOT = 'user.snapshot.v1';

/**
 * A user as it is, told again for a consumer that begins anew where older events are gone. Its version is the user's own: nothing
 * happened, and who has that version already learns nothing.
 */
export class UserSnapshot extends UserState {
  /** from when the user counts at the latest that is known: when it was made, UTC */
  @IsInstant()
  since!: string;
}

export const example: UserSnapshot = { ...exampleUser, since: '2025-01-01T00:00:00.000Z' };
