import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How the tenant's people sign in. SCIM cannot be turned on without it. */
@Entity('sso_settings')
export class SsoSettings {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  kind!: 'saml' | 'oidc';

  @Column('text')
  issuer!: string;

  @Column('text', { name: 'sign_in_url' })
  signInUrl!: string;

  @Column('text', { nullable: true })
  certificate!: string | null;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
