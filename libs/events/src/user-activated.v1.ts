import { exampleUser, UserState } from './user-state.ts';

export const USER_ACTIVATED = 'user.activated.v1';

/** A user became active. */
export class UserActivated extends UserState {}

export const example: UserActivated = { ...exampleUser };
