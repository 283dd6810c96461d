import { ArrayMaxSize, IsOptional, IsUUID } from 'class-validator';
import { MEMBERS_PER_EVENT } from './group-members-changed.v1.ts';
import { exampleGroup, GroupState } from './group-state.ts';

export const GROUP_SNAPSHOT = 'group.snapshot.v1';

/**
 * A group as it is, told again for a consumer that begins anew where older events are gone; a large one in several parts, each of
 * a stretch of its users, which are exactly these. Its version is the group's own: nothing happened.
 */
export class GroupSnapshot extends GroupState {
  /** users in the group with ids of the stretch */
  @IsUUID(undefined, { each: true })
  @ArrayMaxSize(MEMBERS_PER_EVENT)
  users!: string[];

  /** the stretch begins after this id; null: at the first */
  @IsOptional()
  @IsUUID()
  usersAfter!: string | null;

  /** the stretch ends with this id; null: at the last */
  @IsOptional()
  @IsUUID()
  usersThrough!: string | null;

  /** groups in the group, all of them; null where another part tells them */
  @IsOptional()
  @IsUUID(undefined, { each: true })
  groups!: string[] | null;
}

export const example: GroupSnapshot = {
  ...exampleGroup,
  users: ['0192d5a4-7c1e-7000-8000-000000000001'],
  usersAfter: null,
  usersThrough: null,
  groups: ['0192d5a4-7c1e-7000-8000-000000000004'],
};
