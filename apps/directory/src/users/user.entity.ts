import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Resource } from '#scim/resource';

/** A person of a tenant. `data` is the SCIM resource without what is derived: id, meta, groups. */
@Entity('users')
export class User {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'user_name' })
  userName!: string;

  /** canonical form of userName; unique among the living users of a tenant */
  @Column('text', { name: 'user_name_key' })
  userNameKey!: string;

  @Column('text', { name: 'external_id', nullable: true })
  externalId!: string | null;

  /** the start of displayName's canonical form, for the index (query/index-key.ts) */
  @Column('text', { name: 'display_name_key', nullable: true })
  displayNameKey!: string | null;

  /** the same of each of its email addresses */
  @Column('text', { name: 'email_keys', array: true })
  emailKeys!: string[];

  @Column('boolean')
  active!: boolean;

  @Column('boolean')
  admin!: boolean;

  /** provenance: the connection that manages the user, null for a local one */
  @Column('uuid', { name: 'managed_by', nullable: true })
  managedBy!: string | null;

  @Column('jsonb')
  data!: Resource;

  /** number of the user's last event; the ETag */
  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  /** when the user signed in to the app for the first time; no attribute of SCIM */
  @Column('timestamptz', { name: 'first_signed_in_at', nullable: true })
  firstSignedInAt!: Date | null;

  /** set when the user is gone for everybody but the audit */
  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
