import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One customer team. */
@Entity('tenants')
export class Tenant {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
