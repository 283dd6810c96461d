import type { ConnectionIdentity } from '#directory-api/connections';
import { LruCache } from '#runtime/lru-cache';
import { CORE_TYPES, extendTypes, type Types } from '#scim/extended-types';

/** sets of types kept; a tenant that has defined nothing needs none */
const CAPACITY = 1_000;

const known = new LruCache<Types>(CAPACITY);

/** The resource types as the connection's tenant has them, made once for each version of its schemas. */
export function typesOf({ schemas }: Pick<ConnectionIdentity, 'schemas'>): Types {
  if (!schemas) return CORE_TYPES;
  const made = known.get(schemas.version);
  if (made) return made;
  const types = extendTypes(schemas.extensions);
  known.set(schemas.version, types);
  return types;
}
