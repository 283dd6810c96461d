import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUrl,
  IsUUID,
  Max,
  Min,
} from 'class-validator';

export const TENANTS = { create: 'tenants.create', list: 'tenants.list' } as const;
export const SSO = { set: 'sso.set' } as const;
export const LOCAL_USERS = { create: 'local-users.create', list: 'local-users.list' } as const;
export const LOCAL_GROUPS = {
  create: 'local-groups.create',
  list: 'local-groups.list',
  protect: 'local-groups.protect',
  unlink: 'local-groups.unlink',
} as const;

/** Answer: 201 `{tenantId, name}`. */
export class CreateTenant {
  @IsString()
  @IsNotEmpty()
  name!: string;
}

/** Answer: 200 `[{tenantId, name, ssoConfigured, scimEnabled}]`. */
export class ListTenants {}

export class SetSso {
  @IsUUID()
  tenantId!: string;

  @IsIn(['saml', 'oidc'])
  kind!: 'saml' | 'oidc';

  /** SAML entity id or OIDC issuer */
  @IsString()
  @IsNotEmpty()
  issuer!: string;

  @IsUrl({ require_tld: false, protocols: ['https', 'http'], require_protocol: true })
  signInUrl!: string;

  /** SAML: the provider's signing certificate (PEM); OIDC: none */
  @IsOptional()
  @IsString()
  certificate?: string;
}

/** Makes a user in the app. Answer: 201 `{id, userName}`; 409 when the name is taken. */
export class CreateLocalUser {
  @IsUUID()
  tenantId!: string;

  @IsEmail()
  email!: string;

  @IsOptional()
  @IsString()
  givenName?: string;

  @IsOptional()
  @IsString()
  familyName?: string;

  @IsOptional()
  @IsBoolean()
  admin?: boolean;
}

/** Makes a group in the app. Answer: 201 `{id, displayName, members}`; 404 for a member nobody has. */
export class CreateLocalGroup {
  @IsUUID()
  tenantId!: string;

  @IsString()
  @IsNotEmpty()
  name!: string;

  /** userNames of its first members */
  @IsString({ each: true })
  members!: string[];
}

/** Undoes the link of a group. Answer: 200 `{id, displayName}`; 404; 409 when it is not linked. */
export class NameGroup {
  @IsUUID()
  tenantId!: string;

  @IsString()
  @IsNotEmpty()
  name!: string;
}

/** Forbids or allows that a connection takes a group over. Answer: 200 `{id, displayName, protected}`; 404. */
export class ProtectGroup extends NameGroup {
  @IsBoolean()
  protected!: boolean;
}

/** Answer: 200 with at most `limit` users or groups of the tenant by name, from after the name `after`. */
export class ListLocal {
  @IsUUID()
  tenantId!: string;

  @IsOptional()
  @IsString()
  after?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

export interface UserSummary {
  id: string;
  userName: string;
  active: boolean;
  admin: boolean;
  managedBy: string | null;
}

export interface GroupSummary {
  id: string;
  displayName: string;
  managedBy: string | null;
  members: number;
}
