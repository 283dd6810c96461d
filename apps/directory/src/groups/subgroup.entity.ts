import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One group in another, with the provenance that a membership has. Together they have no cycle (nesting.ts). */
@Entity('subgroups')
export class Subgroup {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  /** the group that holds the other */
  @PrimaryColumn('uuid', { name: 'group_id' })
  groupId!: string;

  /** the group that is a member */
  @PrimaryColumn('uuid', { name: 'member_id' })
  memberId!: string;

  @Column('boolean')
  local!: boolean;

  @Column('uuid', { name: 'connection_id', nullable: true })
  connectionId!: string | null;
}
