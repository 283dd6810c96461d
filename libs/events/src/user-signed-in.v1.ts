import { exampleUser, UserState } from './user-state.ts';

export const USER_SIGNED_IN = 'user.signed_in.v1';

/** The user signed in to the app for the first time; later sign-ins are told by no event. `signedInAt` is the moment. */
export class UserSignedIn extends UserState {}

export const example: UserSignedIn = { ...exampleUser, signedInAt: '2026-01-01T00:00:00.000Z' };
