import { exampleGroup, GroupState } from './group-state.ts';

export const GROUP_UNLINKED = 'group.unlinked.v1';

/** The connection let go of a group that existed before it: an ordinary local group again. */
export class GroupUnlinked extends GroupState {}

export const example: GroupUnlinked = { ...exampleGroup };
