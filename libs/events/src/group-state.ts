import { IsOptional, IsString, IsUUID } from 'class-validator';

/** A group as the events of a group tell it: after the change. */
export class GroupState {
  @IsUUID()
  groupId!: string;

  @IsString()
  displayName!: string;

  /** the connection that manages the group; null for a local one */
  @IsOptional()
  @IsUUID()
  managedBy!: string | null;
}

export const exampleGroup: GroupState = {
  groupId: '0192d5a4-7c1e-7000-8000-000000000003',
  displayName: 'Engineering',
  managedBy: '0192d5a4-7c1e-7000-8000-000000000002',
};
