import { exampleUser, UserState } from './user-state.ts';

export const USER_CREATED = 'user.created.v1';

/** A user came to be; billable from now if active. */
export class UserCreated extends UserState {}

export const example: UserCreated = { ...exampleUser };
