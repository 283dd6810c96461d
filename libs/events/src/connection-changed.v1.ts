import { IsBoolean, IsIn, IsUUID } from 'class-validator';

export const CONNECTION_CHANGED = 'connection.changed.v1';

/**
 * A SCIM connection was turned on or off, its scope changed, its token was exchanged, or its tenant's schemas changed.
 * Gateways forget what they cached of it.
 */
export class ConnectionChanged {
  @IsUUID()
  connectionId!: string;

  @IsBoolean()
  enabled!: boolean;

  @IsIn(['users', 'users_and_groups'])
  scope!: 'users' | 'users_and_groups';
}

export const example: ConnectionChanged = {
  connectionId: '0192d5a4-7c1e-7000-8000-000000000002',
  enabled: true,
  scope: 'users_and_groups',
};
