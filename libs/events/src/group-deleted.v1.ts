import { exampleGroup, GroupState } from './group-state.ts';

export const GROUP_DELETED = 'group.deleted.v1';

/** A group is gone. */
export class GroupDeleted extends GroupState {}

export const example: GroupDeleted = { ...exampleGroup };
