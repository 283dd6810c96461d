import { IsIn, IsNotEmpty, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { CATALOGUE_KINDS, type CatalogueKind } from '#scim/okta-entitlements';

/** Patterns of the administrator's commands on what users can be given. */
export const CATALOGUE = { add: 'catalogue.add', list: 'catalogue.list', remove: 'catalogue.remove' } as const;

/** Patterns of what a connection asks of it. Answers: SCIM bodies. */
export const CATALOGUE_READS: Readonly<Record<CatalogueKind, { get: string; list: string }>> = {
  Role: { get: 'roles.get', list: 'roles.list' },
  Entitlement: { get: 'entitlements.get', list: 'entitlements.list' },
};

/** How many of a kind a tenant may have: they are read whole. */
export const MAX_CATALOGUE = 1_000;

/** It stands in a URL, and in a user's roles or entitlements. */
const ID = /^\w(?:[\w .~+@:-]{0,78}[\w.~+@:-])?$/;
const TEXT = /^[^\p{Cc}\p{Cs}]*$/u;
const ID_MESSAGE = 'id must be 1 to 80 letters, digits, spaces or . _ ~ + @ : - and begin with a letter or digit';

/** One entry of the catalogue. Answer to `remove`: 200 {@link RemovedEntitlement}; 404. */
export class NameEntitlement {
  @IsUUID()
  tenantId!: string;

  @IsIn(CATALOGUE_KINDS)
  kind!: CatalogueKind;

  @Matches(ID, { message: ID_MESSAGE })
  id!: string;
}

/** Adds an entry, or changes it as a whole. Answer: 200 {@link CatalogueEntry} and `outcome`; 404 no tenant; 409 too many. */
export class AddEntitlement extends NameEntitlement {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  @Matches(TEXT)
  displayName!: string;

  /** what kind of thing it is, such as License */
  @IsOptional()
  @IsNotEmpty()
  @MaxLength(100)
  @Matches(TEXT)
  type?: string;

  @IsOptional()
  @IsNotEmpty()
  @MaxLength(1_000)
  @Matches(TEXT)
  description?: string;
}

/** Answer: 200 {@link CatalogueEntry}`[]`, by kind and id. */
export class ListEntitlements {
  @IsUUID()
  tenantId!: string;
}

export interface CatalogueEntry {
  kind: CatalogueKind;
  id: string;
  displayName: string;
  type: string | null;
  description: string | null;
}

export interface AddedEntitlement extends CatalogueEntry {
  outcome: 'added' | 'changed' | 'unchanged';
}

export interface RemovedEntitlement {
  kind: CatalogueKind;
  id: string;
  /** how many users have it and keep it */
  holders: number;
}
