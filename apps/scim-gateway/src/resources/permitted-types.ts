import type { ConnectionIdentity } from '#directory-api/connections';
import type { ResourceType } from '#scim/schema';
import { typesOf } from './tenant-types.ts';

/** The resource types a connection may use, as its tenant has them; the admin chooses which when turning SCIM on. */
export function permittedTypes(identity: Pick<ConnectionIdentity, 'scope' | 'schemas'>): readonly ResourceType[] {
  const { user, group } = typesOf(identity);
  return identity.scope === 'users' ? [user] : [user, group];
}
