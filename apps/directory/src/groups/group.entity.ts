import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Resource } from '#scim/resource';

/** A group of a tenant. Its members are rows of their own (membership.entity.ts), never part of `data`. */
@Entity('groups')
export class Group {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'display_name' })
  displayName!: string;

  /** canonical form of displayName; unique among the living groups of a tenant */
  @Column('text', { name: 'display_name_key' })
  displayNameKey!: string;

  @Column('text', { name: 'external_id', nullable: true })
  externalId!: string | null;

  /** where it was made: a group made in the app outlives its link to a connection */
  @Column('text')
  origin!: 'local' | 'idp';

  /** provenance: the connection that manages the group, null for a local one */
  @Column('uuid', { name: 'managed_by', nullable: true })
  managedBy!: string | null;

  /** it grants rights, so no connection may take it over */
  @Column('boolean')
  protected!: boolean;

  @Column('jsonb')
  data!: Resource;

  /** number of the group's last event; the ETag */
  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
