import { badRequest } from './error.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { attributesBelow, type Resource, settleSchemas } from './resource.ts';
import { type Attribute, findAttribute, findExtension, type ResourceType, type Schema } from './schema.ts';
import { mistyped, readAttribute, refuseRepeated, unknownAttribute } from './value.ts';

/**
 * Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1) into canonical form: names in the schema's case, values in
 * the schema's types, unassigned attributes absent, `schemas` naming what is used.
 *
 * Read-only attributes (`id`, `meta`, `groups`) are ignored, as clients send back what they were given. A password is
 * checked and dropped: nothing that leaves this function holds one.
 *
 * @throws ScimError 400 `invalidSyntax`: no `schemas` with the type's URN, unknown or repeated attributes, an extension
 *   that is not registered.
 * @throws ScimError 400 `invalidValue`: a required attribute is missing or blank, of an extension where it is used, or a
 *   value has the wrong type.
 */
export function readResource(body: Json, type: ResourceType): Resource {
  if (!isObject(body)) throw badRequest('invalidSyntax', `The body must be a JSON object holding one ${type.name}.`);
  const resource: Resource = { schemas: [type.schema.id] };
  const seen = new Set<string>();
  for (const key of Object.keys(body)) {
    const value = body[key] ?? null;
    const attribute = findAttribute(type, key);
    if (attribute) {
      refuseRepeated(seen, attribute.name, attribute.name);
      if (attribute.name === 'schemas') requireUrn(value, type.schema.id);
      else assign(resource, attribute, value, attribute.name);
      continue;
    }
    const extension = findExtension(type, key);
    if (!extension) throw unregistered(key);
    refuseRepeated(seen, extension.id, extension.id);
    const read = readExtension(value, extension);
    if (read) resource[extension.id] = read;
  }
  if (!seen.has('schemas')) requireUrn(null, type.schema.id);
  requireAssigned(resource, type.schema);
  settleSchemas(resource, type);
  requireExtensions(resource, type);
  return resource;
}

/**
 * That a message's `schemas` names the URN (RFC 7644 §3.1), in whatever case. Other URNs beside it are let pass: Entra
 * adds one of its own to groups.
 */
export function requireUrn(schemas: Json, urn: string): void {
  const given = Array.isArray(schemas) ? schemas : [schemas];
  const lower = urn.toLowerCase();
  if (given.some((item) => typeof item === 'string' && item.toLowerCase() === lower)) return;
  throw badRequest('invalidSyntax', `'schemas' must be a list that holds '${urn}'. Add it.`);
}

function readExtension(value: Json, extension: Schema): JsonObject | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) throw mistyped(extension.id, 'an object', value);
  const read: JsonObject = {};
  const seen = new Set<string>();
  for (const key of Object.keys(value)) {
    const path = `${extension.id}:${key}`;
    const attribute = findAttribute(extension, key);
    if (!attribute) throw unknownAttribute(path);
    refuseRepeated(seen, attribute.name, path);
    assign(read, attribute, value[key] ?? null, `${extension.id}:${attribute.name}`);
  }
  return Object.keys(read).length > 0 ? read : undefined;
}

function assign(target: Record<string, Json | undefined>, attribute: Attribute, value: Json, path: string): void {
  if (attribute.mutability === 'readOnly') return;
  const read = readAttribute(value, attribute, path);
  if (read !== undefined && attribute.mutability !== 'writeOnly') target[attribute.name] = read;
}

function requireAssigned(object: Readonly<Record<string, Json | undefined>>, schema: Schema, prefix = ''): void {
  for (const { name, required } of schema.attributes) {
    if (required && object[name] === undefined) {
      throw badRequest('invalidValue', `'${prefix}${name}' is required. Map a value to it in the identity provider.`);
    }
  }
}

/**
 * That an extension which is used has all that it requires. No extension itself is required (RFC 7643 §6), so what it
 * requires is asked for only beside other attributes of it.
 *
 * @throws ScimError 400 `invalidValue`
 */
export function requireExtensions(resource: Resource, type: ResourceType): void {
  for (const extension of type.extensions) {
    if (resource[extension.id] === undefined) continue;
    requireAssigned(attributesBelow(resource, extension.id), extension, `${extension.id}:`);
  }
}

function unregistered(key: string) {
  if (!/^urn:/i.test(key)) return unknownAttribute(key);
  return badRequest('invalidSyntax', `The extension '${key}' is not registered here. Remove its attributes' mappings.`);
}
