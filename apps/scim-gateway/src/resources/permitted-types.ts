import type { ConnectionIdentity } from '#directory-api/connections';
import { catalogueTypes } from '#scim/okta-entitlements';
import type { ResourceType } from '#scim/schema';
import { typesOf } from './tenant-types.ts';

/** The resource types a connection may use, as its tenant has them; the admin chooses which when turning SCIM on. */
export function permittedTypes(identity: Pick<ConnectionIdentity, 'scope' | 'schemas'>): readonly ResourceType[] {
  const { user, group } = typesOf(identity);
  return identity.scope === 'users' ? [user] : [user, group];
}

/** The same and what there is only to be read: all that discovery shows. */
export function discoveredTypes(identity: Pick<ConnectionIdentity, 'scope' | 'schemas' | 'catalogue'>): ResourceType[] {
  return [...permittedTypes(identity), ...(identity.catalogue ?? []).map((kind) => catalogueTypes[kind])];
}
