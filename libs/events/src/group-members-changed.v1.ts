import { ArrayMaxSize, IsOptional, IsUUID } from 'class-validator';
import { exampleGroup, GroupState } from './group-state.ts';

export const GROUP_MEMBERS_CHANGED = 'group.members_changed.v1';

/** Members an event tells of at most; a larger change is told in several events. */
export const MEMBERS_PER_EVENT = 1_000;

/**
 * Who became a member and who ceased to be one, as ids of users and of groups; a delta, never the whole list. Who is in a
 * group through another one is not told: it follows from the edges, which these events keep.
 */
export class GroupMembersChanged extends GroupState {
  @IsUUID(undefined, { each: true })
  @ArrayMaxSize(MEMBERS_PER_EVENT)
  added!: string[];

  @IsUUID(undefined, { each: true })
  @ArrayMaxSize(MEMBERS_PER_EVENT)
  removed!: string[];

  /** groups that became members of the group; absent when none did */
  @IsOptional()
  @IsUUID(undefined, { each: true })
  @ArrayMaxSize(MEMBERS_PER_EVENT)
  addedGroups?: string[];

  /** groups that ceased to be members of it, by a change of it or by their end; absent when none did */
  @IsOptional()
  @IsUUID(undefined, { each: true })
  @ArrayMaxSize(MEMBERS_PER_EVENT)
  removedGroups?: string[];
}

export const example: GroupMembersChanged = {
  ...exampleGroup,
  added: ['0192d5a4-7c1e-7000-8000-000000000001'],
  removed: [],
  addedGroups: ['0192d5a4-7c1e-7000-8000-000000000004'],
};
