import { IsIn, IsNotEmpty, IsObject, IsString, IsUUID, MaxLength } from 'class-validator';
import { EXTENSIBLE, type Extension } from '#scim/extended-types';

export const SCHEMAS = {
  register: 'schemas.register',
  list: 'schemas.list',
  show: 'schemas.show',
  remove: 'schemas.remove',
} as const;

/** How many schemas a tenant may define. */
export const MAX_SCHEMAS = 10;

/**
 * Defines an extension schema of a tenant, or adds attributes to it. Answer: 200 {@link RegisteredSchema}; 400 what is wrong
 * with the definition; 409 too many, a URN that cannot be told apart, or a change that stored values would not fit.
 */
export class RegisterSchema {
  @IsUUID()
  tenantId!: string;

  /** what it extends; cannot change later */
  @IsIn(EXTENSIBLE)
  resourceType!: Extension['resourceType'];

  /** a Schema document (RFC 7643 §7); checked by #scim/schema-definition */
  @IsObject()
  definition!: object;
}

/** Answer: 200 {@link SchemaSummary}`[]`, by URN. */
export class ListSchemas {
  @IsUUID()
  tenantId!: string;
}

/** One schema of a tenant, by URN in whatever case. Answer to `show`: 200, the Schema document; 404. */
export class NameSchema {
  @IsUUID()
  tenantId!: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(300)
  urn!: string;
}

/** Answer: 200 `{urn}`; 404; 409 while living users or groups hold values of it. */
export class RemoveSchema extends NameSchema {}

export interface SchemaSummary {
  urn: string;
  resourceType: Extension['resourceType'];
  name: string;
  /** sub-attributes included */
  attributes: number;
}

export interface RegisteredSchema extends SchemaSummary {
  outcome: 'registered' | 'replaced' | 'unchanged';
}

/** The schemas of a tenant that has any. */
export interface TenantSchemas {
  /** UUID of exactly this set: another one after every change, and never the same for two tenants */
  version: string;
  extensions: Extension[];
}
