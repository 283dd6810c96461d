import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ConnectionIdentity, MemberPolicy, Scope } from '#directory-api/connections';

/** A tenant's SCIM integration with its identity provider. */
@Entity('connections')
export class Connection {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  username!: string;

  @Column('boolean')
  enabled!: boolean;

  @Column('text')
  scope!: Scope;

  @Column('text')
  dialect!: ConnectionIdentity['dialect'];

  /** whose members a write of the provider may end */
  @Column('text', { name: 'member_policy' })
  memberPolicy!: MemberPolicy;

  /** an unknown member id fails the whole write instead of being skipped */
  @Column('boolean', { name: 'strict_members' })
  strictMembers!: boolean;

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
