import { exampleUser, UserState } from './user-state.ts';

export const USER_LINKED = 'user.linked.v1';

/** A connection took over a user who was local until now. */
export class UserLinked extends UserState {}

export const example: UserLinked = { ...exampleUser };
