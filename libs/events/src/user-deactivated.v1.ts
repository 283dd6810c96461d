import { exampleUser, UserState } from './user-state.ts';

export const USER_DEACTIVATED = 'user.deactivated.v1';

/** A user became inactive. */
export class UserDeactivated extends UserState {}

export const example: UserDeactivated = { ...exampleUser, active: false };
