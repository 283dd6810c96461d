import { printName } from './attribute-name.ts';
import type { Dialect } from './dialect.ts';
import { badRequest, ScimError } from './error.ts';
import { copyJson, isObject, type Json, type JsonObject } from './json.ts';
import { changeMatching, plusValues, setSub, withoutValues } from './patch-values.ts';
import { type AttributePath, parsePath, printPath, type ValuePath } from './path.ts';
import { copyResource, makeAttributesBelow, type Resource, settleSchemas } from './resource.ts';
import { type Attribute, findAttribute, findExtension, type ResourceType } from './schema.ts';
import { requireExtensions, requireUrn } from './validate.ts';
import {
  mistyped,
  readAttribute,
  readSingle,
  readValues,
  refuseRepeated,
  subAttributesOf,
  unknownAttribute,
} from './value.ts';

export const PATCH_OP_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/**
 * One change of one attribute. What a client sends without a path, or with an object for a complex attribute, becomes
 * one operation an attribute (or sub-attribute), which is how a replace comes to merge.
 *
 * It holds schema objects, so it does not travel: send the request's body and call `readPatch` again at the other end.
 */
export interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: AttributePath;
  /**
   * In canonical form; a list when the path is a whole multi-valued attribute.
   * `replace`: null unassigns. `remove`: absent, or the list of values to remove (Entra).
   */
  readonly value?: Json;
}

type Verb = Operation['op'];

const MAX_OPERATIONS = 10_000;

/**
 * Reads the body of a PATCH request (RFC 7644 §3.5.2). Fewer or more operations may come out than went in: read-only
 * attributes in an object without path are ignored, as Okta sends `id` along; a password is checked and dropped.
 *
 * @throws ScimError 413: more than 10,000 operations.
 * @throws ScimError 400 `invalidSyntax`: not a PatchOp; `invalidPath` and `invalidFilter`: see parsePath; `noTarget`:
 *   remove without path; `mutability`: a read-only target, or a required attribute removed; `invalidValue`: no value,
 *   or one of the wrong type.
 */
export function readPatch(body: Json, type: ResourceType): Operation[] {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object: a PatchOp message.');
  const { schemas, operations } = fieldsOf(body, ['schemas', 'operations']);
  requireUrn(schemas ?? null, PATCH_OP_URN);
  if (!Array.isArray(operations) || operations.length === 0) {
    throw badRequest('invalidSyntax', `'Operations' must be a list with at least one operation.`);
  }
  if (operations.length > MAX_OPERATIONS) {
    throw new ScimError(413, `More than ${MAX_OPERATIONS} operations. Send them in several requests.`);
  }
  return operations.flatMap((operation, index) => {
    try {
      return readOperation(operation, type);
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      throw new ScimError(error.status, `Operations[${index}]: ${error.detail}`, error.scimType);
    }
  });
}

/**
 * The resource after the operations, in order (RFC 7644 §3.5.2.1 to §3.5.2.3). The input is left as it was, so a
 * throw leaves nothing half done. When nothing changed, the result deep-equals the input.
 *
 * @throws ScimError 400 `noTarget`: an add or replace whose value filter matches nothing, except under `entra`.
 * @throws ScimError 400 `mutability`: an immutable sub-attribute would change; `invalidValue`: several primaries, or an
 *   extension is used without what it requires.
 */
export function applyPatch(
  resource: Resource,
  operations: readonly Operation[],
  type: ResourceType,
  dialect: Dialect,
): Resource {
  const result = copyResource(resource);
  for (const operation of operations) applyOperation(result, operation, dialect);
  settleSchemas(result, type);
  requireExtensions(result, type);
  return result;
}

function readOperation(given: Json, type: ResourceType): Operation[] {
  if (!isObject(given)) throw mistyped('Operations', 'a list of objects', given);
  const { op, path, value } = fieldsOf(given, ['op', 'path', 'value']);
  const verb = readVerb(op);
  if (path === undefined || path === null || path === '') return readWithoutPath(verb, value, type);
  if (typeof path !== 'string') throw mistyped('path', 'a string', path);
  const target = parsePath(path, type);
  if (isReadOnly(target)) {
    throw badRequest('mutability', `'${plainName(target)}' is read-only. Remove the operation.`);
  }
  if (verb === 'remove') return readRemove(target, value);
  if (value === undefined) throw badRequest('invalidValue', `'${verb}' needs a value. Send one.`);
  return expand(verb, target, value, type);
}

function readVerb(op: Json | undefined): Verb {
  const verb = typeof op === 'string' ? op.toLowerCase() : undefined;
  if (verb === 'add' || verb === 'replace' || verb === 'remove') return verb;
  throw badRequest('invalidSyntax', `'op' must be add, replace or remove.`);
}

/** The keys are attributes, extension URNs or, from Entra, whole paths. */
function readWithoutPath(verb: Verb, value: Json | undefined, type: ResourceType): Operation[] {
  if (verb === 'remove') throw badRequest('noTarget', `'remove' needs a path. Name the attribute to remove.`);
  if (value === undefined) throw badRequest('invalidValue', `'${verb}' needs a value. Send one.`);
  if (!isObject(value)) throw mistyped('value', 'an object, as there is no path', value);
  const seen = new Set<string>();
  return Object.keys(value).flatMap((key) => {
    const path = pathOfKey(key, type);
    refuseRepeated(seen, printPath(path), plainName(path));
    return isReadOnly(path) ? [] : expand(verb, path, value[key] ?? null, type);
  });
}

function pathOfKey(key: string, type: ResourceType): AttributePath {
  const attribute = findAttribute(type, key);
  if (attribute) return { attribute };
  const extension = findExtension(type, key);
  if (extension) return { schema: extension.id };
  if (/[.:[]/.test(key)) return parsePath(key, type);
  throw unknownAttribute(key);
}

/** An add or replace as operations that each set one value. */
function expand(verb: 'add' | 'replace', path: AttributePath, value: Json, type: ResourceType): Operation[] {
  if (path.attribute === undefined) return expandExtension(verb, path.schema, value, type);
  const { attribute, subAttribute, filter } = path;
  const name = printName(path);
  const target = subAttribute ?? attribute;
  if (!subAttribute && !filter && value !== null && attribute.type === 'complex' && !attribute.multiValued) {
    return subAttributesOf(value, attribute, name).flatMap(([sub, item]) =>
      expand(verb, { ...path, subAttribute: sub }, item, type),
    );
  }
  const read =
    filter && !subAttribute ? readSingle(onlyOne(value), attribute, name) : readAttribute(value, target, name);
  if (target.mutability === 'writeOnly') return [];
  if (read !== undefined) return [{ op: verb, path, value: read }];
  if (verb === 'add') return [];
  refuseUnassigning(path);
  return [{ op: verb, path, value: null }];
}

function expandExtension(verb: 'add' | 'replace', urn: string, value: Json, type: ResourceType): Operation[] {
  if (value === null) return verb === 'add' ? [] : [{ op: 'replace', path: { schema: urn }, value: null }];
  if (!isObject(value)) throw mistyped(urn, 'an object', value);
  const extension = findExtension(type, urn);
  const seen = new Set<string>();
  return Object.keys(value).flatMap((key) => {
    const attribute = extension && findAttribute(extension, key);
    if (!attribute) throw unknownAttribute(`${urn}:${key}`);
    refuseRepeated(seen, attribute.name, `${urn}:${attribute.name}`);
    const path = { schema: urn, attribute };
    return isReadOnly(path) ? [] : expand(verb, path, value[key] ?? null, type);
  });
}

/** A value filter chooses one value, which some clients still send in a list. */
function onlyOne(value: Json): Json {
  return Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value;
}

function readRemove(path: AttributePath, value: Json | undefined): Operation[] {
  if (path.attribute === undefined) return [{ op: 'remove', path }];
  refuseUnassigning(path);
  const { attribute, subAttribute, filter } = path;
  if ((subAttribute ?? attribute).mutability === 'writeOnly') return [];
  if (value === undefined || value === null || !attribute.multiValued || subAttribute || filter) {
    return [{ op: 'remove', path }];
  }
  const values = readValues(value, attribute, printName(path));
  return values.length > 0 ? [{ op: 'remove', path, value: values }] : [];
}

function refuseUnassigning(path: ValuePath): void {
  const target = path.subAttribute ?? path.attribute;
  if (!target.required || (path.filter && !path.subAttribute)) return;
  throw badRequest('mutability', `'${printName(path)}' is required and cannot be removed. Replace it.`);
}

function isReadOnly(path: AttributePath): boolean {
  if (path.attribute === undefined) return false;
  return path.attribute.mutability === 'readOnly' || path.subAttribute?.mutability === 'readOnly';
}

function plainName(path: AttributePath): string {
  return path.attribute === undefined ? path.schema : printName(path);
}

/** Message keys in any case: Entra and others write `operations` and `Op`. Unknown ones are left alone. */
export function fieldsOf(object: JsonObject, names: readonly string[]): Readonly<Record<string, Json | undefined>> {
  const fields: Record<string, Json | undefined> = {};
  const seen = new Set<string>();
  for (const key of Object.keys(object)) {
    const name = key.toLowerCase();
    if (!names.includes(name)) continue;
    refuseRepeated(seen, name, name);
    fields[name] = object[key];
  }
  return fields;
}

function applyOperation(resource: Resource, operation: Operation, dialect: Dialect): void {
  const { path, value } = operation;
  if (path.attribute === undefined) {
    delete resource[path.schema];
    return;
  }
  const { attribute, subAttribute } = path;
  const holder = makeAttributesBelow(resource, path.schema);
  const before = holder[attribute.name];
  const after = attribute.multiValued
    ? changeValues(Array.isArray(before) ? before : [], { ...operation, path }, dialect)
    : changeSingle(before, subAttribute, value ?? null);
  if (after === undefined || (Array.isArray(after) && after.length === 0)) delete holder[attribute.name];
  else holder[attribute.name] = after;
}

function changeSingle(before: Json | undefined, sub: Attribute | undefined, value: Json): Json | undefined {
  if (!sub) return value === null ? undefined : copyJson(value);
  const object = isObject(before) ? before : {};
  setSub(object, sub, value);
  return Object.keys(object).length > 0 ? object : undefined;
}

function changeValues(before: Json[], { op, path, value }: Operation & { path: ValuePath }, dialect: Dialect): Json[] {
  const { attribute, subAttribute, filter } = path;
  if (filter || subAttribute) return changeMatching(before, { op, attribute, filter, subAttribute, value }, dialect);
  const given = Array.isArray(value) ? value : undefined;
  if (op === 'add') return plusValues(before, given ?? [], attribute);
  if (op === 'remove' && given) return withoutValues(before, given, attribute);
  return given ? copyJson(given) : [];
}
