import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One user in one group, with its provenance: made in the app, by a connection, or both. It ends with the last of them. */
@Entity('memberships')
export class Membership {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid', { name: 'group_id' })
  groupId!: string;

  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @Column('boolean')
  local!: boolean;

  @Column('uuid', { name: 'connection_id', nullable: true })
  connectionId!: string | null;
}
