import { IsString } from 'class-validator';
import { exampleUser, UserState } from './user-state.ts';

export const USER_UPDATED = 'user.updated.v1';

/** The profile changed; `changed` names the attributes, never their values. */
export class UserUpdated extends UserState {
  @IsString({ each: true })
  changed!: string[];
}

export const example: UserUpdated = { ...exampleUser, changed: ['name', 'title'] };
