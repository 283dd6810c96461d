import { IsBoolean, IsHexadecimal, IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import type { CatalogueKind } from '#scim/okta-entitlements';
import type { TenantSchemas } from './schemas.ts';
import { DIALECTS } from './scim-command.ts';

export const SCOPES = ['users', 'users_and_groups'] as const;
export type Scope = (typeof SCOPES)[number];

/** Whether a provider's write may end local memberships: never (the default), or as if it owned them all. */
export const MEMBER_POLICIES = ['keep_local_members', 'idp_is_authoritative'] as const;
export type MemberPolicy = (typeof MEMBER_POLICIES)[number];

export const CONNECTIONS = {
  authenticate: 'connections.authenticate',
  enable: 'connections.enable',
  disable: 'connections.disable',
  rotate: 'connections.rotate',
} as const;

/**
 * Is this token, with this username where one was sent, good? Answer: 200 {@link ConnectionIdentity}, or 401, whose body is
 * a {@link RefusedConnection} where the tenant has one.
 */
export class Authenticate {
  @IsUUID()
  tenantId!: string;

  @IsHexadecimal()
  @Length(64, 64)
  tokenHash!: string;

  @IsOptional()
  @IsString()
  username?: string;
}

/** Who stands at the door. */
export interface ConnectionIdentity {
  tenantId: string;
  connectionId: string;
  scope: Scope;
  dialect: (typeof DIALECTS)[number];
  /** absent for a tenant that has defined none */
  schemas?: TenantSchemas;
  /** the kinds of which the tenant offers any; absent for none */
  catalogue?: CatalogueKind[];
}

/**
 * The connection whose credentials were meant and not good, and why: for the tenant's activity log, never for the client.
 * The tenant is the one that the token names, which proves nothing.
 */
export interface RefusedConnection {
  tenantId: string;
  connectionId: string;
  dialect: (typeof DIALECTS)[number];
  /** what an administrator is to mend, in words */
  reason: string;
}

/** Turns SCIM on, or changes its settings. Answer: 200 {@link ConnectionSecret}; 409 when SSO is not set up. */
export class EnableConnection {
  @IsUUID()
  tenantId!: string;

  @IsOptional()
  @IsIn(SCOPES)
  scope?: Scope;

  @IsOptional()
  @IsIn(DIALECTS)
  dialect?: (typeof DIALECTS)[number];

  @IsOptional()
  @IsIn(MEMBER_POLICIES)
  memberPolicy?: MemberPolicy;

  /** unknown member ids: 400 for the whole write, instead of being skipped */
  @IsOptional()
  @IsBoolean()
  strictMembers?: boolean;
}

export class DisableConnection {
  @IsUUID()
  tenantId!: string;
}

/** Exchanges the token: the old one ends at once. Answer: 200 {@link ConnectionSecret}. */
export class RotateToken {
  @IsUUID()
  tenantId!: string;
}

/** What the admin pastes into the identity provider. The token is there when it is new, and cannot be shown again. */
export interface ConnectionSecret {
  connectionId: string;
  username: string;
  token?: string;
}
