import { copyJson, type Json, type JsonObject } from './json.ts';
import type { ResourceType } from './schema.ts';

export type Meta = {
  resourceType: string;
  /** ISO 8601, UTC, milliseconds. */
  created: string;
  lastModified: string;
  location: string;
  /** The entity tag, as in the ETag header. */
  version: string;
};

/**
 * A resource in canonical form (RFC 7643 §3): attribute names in the schema's own case, unassigned attributes absent,
 * extension attributes below their URN. `id`, `meta` and `groups` are added by whoever stores it.
 */
export interface Resource {
  schemas: string[];
  id?: string;
  externalId?: string;
  meta?: Meta;
  [attribute: string]: Json | undefined;
}

/** A deep copy. */
export function copyResource(resource: Resource): Resource {
  const copy: Resource = { schemas: [] };
  for (const key of Object.keys(resource)) {
    const value = resource[key];
    if (value !== undefined) copy[key] = copyJson(value);
  }
  return copy;
}

/** The object that holds the attributes of a schema: the resource itself, or what is below the extension's URN. */
export function attributesBelow(
  resource: Resource,
  schema: string | undefined,
): Readonly<Record<string, Json | undefined>> {
  if (schema === undefined) return resource;
  const extension = resource[schema];
  return typeof extension === 'object' && extension !== null && !Array.isArray(extension) ? extension : {};
}

/** The same, made when it is missing, for writing. */
export function makeAttributesBelow(resource: Resource, schema: string | undefined): Record<string, Json | undefined> {
  if (schema === undefined) return resource;
  const existing = resource[schema];
  if (typeof existing === 'object' && existing !== null && !Array.isArray(existing)) return existing as JsonObject;
  const made: JsonObject = {};
  resource[schema] = made;
  return made;
}

/**
 * Drops extensions that hold nothing and makes `schemas` name exactly those that are used (RFC 7643 §3, `schemas`).
 * The order of what is already there stays.
 */
export function settleSchemas(resource: Resource, type: ResourceType): void {
  for (const { id } of type.extensions) {
    if (Object.keys(attributesBelow(resource, id)).length === 0) delete resource[id];
    const used = resource[id] !== undefined;
    if (used && !resource.schemas.includes(id)) resource.schemas.push(id);
    if (!used && resource.schemas.includes(id)) resource.schemas = resource.schemas.filter((urn) => urn !== id);
  }
}
