import { groupType } from './group.ts';
import type { ResourceType, Schema } from './schema.ts';
import { userType } from './user.ts';

/** The resource types that can be extended, by their SCIM name. */
export const EXTENSIBLE = ['User', 'Group'] as const;

/** A schema that a tenant adds to a resource type. */
export interface Extension {
  readonly resourceType: (typeof EXTENSIBLE)[number];
  readonly schema: Schema;
}

/** The resource types as one tenant has them. */
export interface Types {
  readonly user: ResourceType;
  readonly group: ResourceType;
}

/** The types of a tenant that has defined nothing. */
export const CORE_TYPES: Types = { user: userType, group: groupType };

/**
 * The resource types with a tenant's extensions beside the standard ones. Look-ups of names are indexed by object
 * (schema.ts), so make them once and use them again.
 */
export function extendTypes(extensions: readonly Extension[]): Types {
  return { user: extended(userType, extensions), group: extended(groupType, extensions) };
}

function extended(type: ResourceType, extensions: readonly Extension[]): ResourceType {
  const own = extensions.filter(({ resourceType }) => resourceType === type.name).map(({ schema }) => schema);
  return own.length === 0 ? type : { ...type, extensions: [...type.extensions, ...own] };
}
