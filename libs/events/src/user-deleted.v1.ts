import { exampleUser, UserState } from './user-state.ts';

export const USER_DELETED = 'user.deleted.v1';

/** A user is gone: SCIM answers 404 and the seat is free. */
export class UserDeleted extends UserState {}

export const example: UserDeleted = { ...exampleUser, active: false };
