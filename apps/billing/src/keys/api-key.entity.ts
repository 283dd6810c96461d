import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key for the HTTP API of one tenant's billing; the key itself is known to its holder only. */
@Entity('api_key')
export class ApiKey {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  /** SHA-256, hex */
  @Column('text', { name: 'key_hash' })
  keyHash!: string;

  /** what it is for, to be recognised by */
  @Column('text', { nullable: true })
  label!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}
