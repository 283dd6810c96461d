import { IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';

/** Provider dialects a connection may be set to; `auto` tells by the User-Agent. */
export const DIALECTS = ['auto', 'rfc', 'okta', 'entra'] as const;

/** What every SCIM command carries: whose door it came through and how its answer must look. */
export class ScimCommand {
  @IsUUID()
  tenantId!: string;

  @IsUUID()
  connectionId!: string;

  /** absolute URL before `/Users`, for `meta.location` */
  @IsString()
  baseUrl!: string;

  /** the dialect resolved for this request */
  @IsIn(DIALECTS)
  dialect!: (typeof DIALECTS)[number];

  /** which set of the tenant's own schemas the request was read by; absent where the tenant has none */
  @IsOptional()
  @IsUUID()
  schemasVersion?: string;

  @IsOptional()
  @IsString({ each: true })
  attributes?: string[];

  @IsOptional()
  @IsString({ each: true })
  excludedAttributes?: string[];
}

export class GetResource extends ScimCommand {
  /** as it stands in the URL: an id nobody has, of whatever form, is answered 404 */
  @IsString()
  id!: string;

  @IsOptional()
  @IsString()
  ifNoneMatch?: string;
}

export class ListResources extends ScimCommand {
  @IsInt()
  @Min(1)
  startIndex!: number;

  @IsInt()
  @Min(0)
  @Max(1_000)
  count!: number;

  /** paging by cursor (RFC 9865): empty for the first page; absent when paging by index */
  @IsOptional()
  @IsString()
  cursor?: string;

  /** SCIM filter text, already known to parse */
  @IsOptional()
  @IsString()
  filter?: string;

  /** an attribute's name, already known to be one that can be sorted by or one the type does not have */
  @IsOptional()
  @IsString()
  sortBy?: string;

  @IsOptional()
  @IsIn(['ascending', 'descending'])
  sortOrder?: 'ascending' | 'descending';
}

export class CreateResource extends ScimCommand {
  /** validated and normalised by #scim/validate */
  @IsObject()
  resource!: object;
}

export class ReplaceResource extends CreateResource {
  @IsString()
  id!: string;

  @IsOptional()
  @IsString()
  ifMatch?: string;

  @IsOptional()
  @IsString()
  ifNoneMatch?: string;
}

export class PatchResource extends ScimCommand {
  @IsString()
  id!: string;

  /** the PatchOp body as it came, already known to read */
  @IsObject()
  patch!: object;

  @IsOptional()
  @IsString()
  ifMatch?: string;

  @IsOptional()
  @IsString()
  ifNoneMatch?: string;
}

export class DeleteResource extends ScimCommand {
  @IsString()
  id!: string;

  @IsOptional()
  @IsString()
  ifMatch?: string;

  @IsOptional()
  @IsString()
  ifNoneMatch?: string;
}

/** Patterns of the commands on users. Answers: SCIM bodies, with `etag` and `location` headers. */
export const USERS = {
  create: 'users.create',
  get: 'users.get',
  list: 'users.list',
  replace: 'users.replace',
  patch: 'users.patch',
  delete: 'users.delete',
} as const;

/** The same on groups. */
export const GROUPS = {
  create: 'groups.create',
  get: 'groups.get',
  list: 'groups.list',
  replace: 'groups.replace',
  patch: 'groups.patch',
  delete: 'groups.delete',
} as const;

/** Header of an answer: how many members of the request are nobody here and were skipped; absent when none were. */
export const SKIPPED_MEMBERS = 'skipped-members';
