import { exampleGroup, GroupState } from './group-state.ts';

export const GROUP_CREATED = 'group.created.v1';

/** A group came to be. */
export class GroupCreated extends GroupState {}

export const example: GroupCreated = { ...exampleGroup };
