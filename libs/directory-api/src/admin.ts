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
export const LOCAL_USERS = {
  create: 'local-users.create',
  signIn: 'local-users.sign-in',
  list: 'local-users.list',
} as const;
export const LOCAL_GROUPS = {
  create: 'local-groups.create',
  list: 'local-groups.list',
  members: 'local-groups.members',
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

/**
 * A user, local or managed, signed in to the app. The first time is kept, and told as `user.signed_in.v1`; a plan may count seats
 * from it. Answer: 200 `{id, userName, firstSignedInAt}`; 404 nobody is named so; 403 the user is deactivated, or the plan's cap
 * is reached.
 */
export class SignIn {
  @IsUUID()
  tenantId!: string;

  @IsString()
  @IsNotEmpty()
  userName!: string;
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

  /** names of groups that are members of it from the start */
  @IsOptional()
  @IsString({ each: true })
  groups?: string[];
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

/** Answer: 200 with at most `limit` members of the group, in the order of their ids, from after the id `after`; 404. */
export class ListGroupMembers extends NameGroup {
  /** people alone, also those who are in it through other groups */
  @IsOptional()
  @IsBoolean()
  effective?: boolean;

  @IsOptional()
  @IsUUID()
  after?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

export interface GroupMember {
  id: string;
  type: 'User' | 'Group';
  /** userName or displayName */
  name: string;
  /** of a person: holds a seat; null for a group */
  active: boolean | null;
  /** the group that holds the person, when it is another one; a nearest one, when there are several */
  through: string | null;
  /** provenance: made in the app */
  local: boolean;
  /** provenance: the connection that manages it as well, or alone */
  connectionId: string | null;
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
