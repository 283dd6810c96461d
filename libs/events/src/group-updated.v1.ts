import { exampleGroup, GroupState } from './group-state.ts';

export const GROUP_UPDATED = 'group.updated.v1';

/** The group was renamed or its external id changed. */
export class GroupUpdated extends GroupState {}

export const example: GroupUpdated = { ...exampleGroup };
