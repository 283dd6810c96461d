import { exampleGroup, GroupState } from './group-state.ts';

export const GROUP_LINKED = 'group.linked.v1';

/** A connection took over a group that was local until now; its members stayed. */
export class GroupLinked extends GroupState {}

export const example: GroupLinked = { ...exampleGroup };
