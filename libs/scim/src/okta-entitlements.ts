/**
 * What a tenant's users can be given, for Okta to discover (Okta, "Build a SCIM 2.0 server with entitlements"): a resource
 * type for each kind, whose schema is one of Okta's two. A user has them in `roles` and `entitlements` by their id.
 */
import { attribute, type ResourceType, type Schema } from './schema.ts';

export const CATALOGUE_KINDS = ['Role', 'Entitlement'] as const;
export type CatalogueKind = (typeof CATALOGUE_KINDS)[number];

/** Read-only for clients: the tenant's administrator keeps the catalogue. */
function schemaOf(name: CatalogueKind, description: string): Schema {
  return {
    id: `urn:okta:scim:schemas:core:1.0:${name}`,
    name,
    description,
    attributes: [
      attribute('displayName', 'The name to show.', { required: true, mutability: 'readOnly' }),
      attribute('type', 'What kind of thing it is.', { mutability: 'readOnly' }),
      attribute('description', 'What it stands for.', { mutability: 'readOnly' }),
    ],
  };
}

export const catalogueTypes: Readonly<Record<CatalogueKind, ResourceType>> = {
  Role: {
    name: 'Role',
    endpoint: '/Roles',
    description: 'Roles that a user can have',
    schema: schemaOf('Role', 'A role that a user can have'),
    extensions: [],
  },
  Entitlement: {
    name: 'Entitlement',
    endpoint: '/Entitlements',
    description: 'Entitlements that a user can have',
    schema: schemaOf('Entitlement', 'An entitlement that a user can have'),
    extensions: [],
  },
};
