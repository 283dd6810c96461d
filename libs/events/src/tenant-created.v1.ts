import { IsString } from 'class-validator';

export const TENANT_CREATED = 'tenant.created.v1';

/** A customer team came to be. */
export class TenantCreated {
  @IsString()
  name!: string;
}

export const example: TenantCreated = { name: 'Example Team' };
