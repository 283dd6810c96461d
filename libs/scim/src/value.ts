/**
 * Reads attribute values as the schema types them (RFC 7643 §2.3). POST, PUT and PATCH all come through here, so
 * they accept and refuse the same things.
 */
import { booleanOf } from './comparison.ts';
import { instantOf } from './date-time.ts';
import { badRequest, type ScimError } from './error.ts';
import { isObject, type Json, type JsonObject, typeOf } from './json.ts';
import { type Attribute, findAttribute } from './schema.ts';

const MAX_TEXT = 65_536;
const MAX_VALUES = 1000;
const BASE64 = /^[\w+/=\s-]*$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * The value in canonical form, or undefined when it is unassigned: null, `[]` and an object with nothing in it are
 * (RFC 7643 §2.5). `path` is the attribute's full name, for messages.
 *
 * Tolerated from everybody: one value where a list is meant (OneLogin), a bare text where `{value}` is meant (Entra's
 * manager), "True" and "false" for booleans (Entra), read-only sub-attributes (dropped).
 *
 * @throws ScimError 400 `invalidValue`: another type, too long, more than one primary; `invalidSyntax`: an unknown or
 *   repeated sub-attribute.
 */
export function readAttribute(value: Json, attribute: Attribute, path: string): Json | undefined {
  if (value === null) return unassign(path);
  if (!attribute.multiValued) return readSingle(value, attribute, path);
  const values = readValues(value, attribute, path);
  refuseManyPrimaries(values, path);
  return values.length > 0 ? values : undefined;
}

/**
 * null unassigns (RFC 7643 §2.5), but not `active`: a missing one counts as true, so a mapping that yields null would
 * give somebody back their access, and a seat, without anybody having said so.
 */
function unassign(path: string): undefined {
  if (path === 'active') throw mistyped(path, 'a boolean (true or false)', null);
}

/** The values of a multi-valued attribute, one by one; whether several are primary is the caller's to judge. */
export function readValues(value: Json, attribute: Attribute, path: string): Json[] {
  if (value === null) return [];
  const given = Array.isArray(value) ? value : [value];
  refuseTooMany(given.length, attribute, path);
  const values: Json[] = [];
  given.forEach((item, index) => {
    if (item === null) return;
    const read = readSingle(item, attribute, Array.isArray(value) ? `${path}[${index}]` : path);
    if (read !== undefined) values.push(read);
  });
  return values;
}

/** One value: of a multi-valued attribute, one element. */
export function readSingle(value: Json, attribute: Attribute, path: string): Json | undefined {
  if (value === null) return undefined;
  switch (attribute.type) {
    case 'complex':
      return readComplex(value, attribute, path);
    case 'boolean': {
      const read = typeof value === 'string' ? booleanOf(value) : value;
      if (typeof read === 'boolean') return read;
      throw mistyped(path, 'a boolean (true or false)', value);
    }
    case 'integer':
      if (Number.isSafeInteger(value)) return value;
      throw mistyped(path, 'an integer', value);
    case 'decimal':
      if (Number.isFinite(value)) return value;
      throw mistyped(path, 'a finite number', value);
    default:
      return readText(value, attribute, path);
  }
}

/**
 * The sub-attributes given, each with its definition; a primitive stands for `{value}`. Read-only ones are left
 * out (RFC 7644 §3.5.1), and so is the `"$ref": null` that Entra writes everywhere.
 */
export function subAttributesOf(value: Json, attribute: Attribute, path: string): [Attribute, Json][] {
  const object = asComplex(value, attribute, path);
  const found: [Attribute, Json][] = [];
  for (const key of Object.keys(object)) {
    const sub = findAttribute(attribute, key);
    if (!sub && key === '$ref' && object[key] === null) continue;
    if (!sub) throw unknownAttribute(`${path}.${key}`);
    if (sub.mutability === 'readOnly') continue;
    if (found.some(([known]) => known === sub)) throw repeated(`${path}.${sub.name}`);
    found.push([sub, object[key] ?? null]);
  }
  return found;
}

export function refuseManyPrimaries(values: readonly Json[], path: string): void {
  if (values.filter(isPrimary).length <= 1) return;
  throw badRequest('invalidValue', `More than one value of '${path}' is primary. Mark one.`);
}

export function isPrimary(value: Json): boolean {
  return isObject(value) && value.primary === true;
}

export function refuseTooMany(count: number, attribute: Attribute, path: string): void {
  const most = attribute.maxValues ?? MAX_VALUES;
  if (count > most) throw badRequest('invalidValue', `'${path}' has more than ${most} values. Send fewer.`);
}

/** Attribute names are case-insensitive, so two keys may mean one attribute: which would win is anyone's guess. */
export function refuseRepeated(seen: Set<string>, name: string, path: string): void {
  if (seen.has(name)) throw repeated(path);
  seen.add(name);
}

export function unknownAttribute(path: string): ScimError {
  return badRequest(
    'invalidSyntax',
    `'${path}' is not an attribute this service has. Remove its mapping in the identity provider.`,
  );
}

export function mistyped(path: string, expected: string, received: Json): ScimError {
  return badRequest('invalidValue', `'${path}' must be ${expected}; received ${typeOf(received)}.`);
}

function repeated(path: string): ScimError {
  return badRequest('invalidSyntax', `'${path}' is given more than once. Send it once.`);
}

function readComplex(value: Json, attribute: Attribute, path: string): JsonObject | undefined {
  const read: JsonObject = {};
  let isEmpty = true;
  for (const [sub, given] of subAttributesOf(value, attribute, path)) {
    const item = readAttribute(given, sub, `${path}.${sub.name}`);
    if (item === undefined) continue;
    read[sub.name] = item;
    isEmpty = false;
  }
  for (const sub of attribute.subAttributes ?? []) {
    if (sub.required && read[sub.name] === undefined) {
      throw badRequest('invalidValue', `'${path}.${sub.name}' is required. Send it.`);
    }
  }
  return isEmpty ? undefined : read;
}

function asComplex(value: Json, attribute: Attribute, path: string): JsonObject {
  if (isObject(value)) return value;
  const isPrimitive = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (isPrimitive && findAttribute(attribute, 'value')) return { value };
  throw mistyped(path, 'an object', value);
}

function readText(value: Json, attribute: Attribute, path: string): string {
  const { type } = attribute;
  if (typeof value !== 'string') throw mistyped(path, type === 'dateTime' ? 'a dateTime string' : 'a string', value);
  if (value.length > MAX_TEXT) {
    throw badRequest('invalidValue', `'${path}' is longer than ${MAX_TEXT} characters. Shorten it.`);
  }
  if (attribute.required && value.trim() === '') {
    throw badRequest('invalidValue', `'${path}' is required and must not be blank. Send a value.`);
  }
  if (type === 'dateTime' && instantOf(value) === undefined) {
    throw badRequest('invalidValue', `'${path}' must be a dateTime such as 2026-01-31T00:00:00Z (RFC 7643 §2.3.5).`);
  }
  if (type === 'binary' && !BASE64.test(value)) {
    throw badRequest('invalidValue', `'${path}' must be base64 (RFC 7643 §2.3.6).`);
  }
  if (attribute.uniqueness !== 'none') refuseUnfitIdentifier(value, path);
  return value;
}

/** An identifier must look like what it is: two userNames that differ by something invisible are an impersonation. */
function refuseUnfitIdentifier(value: string, path: string): void {
  if (INVISIBLE.test(value)) {
    throw badRequest('invalidValue', `'${path}' holds an invisible or control character. Remove it.`);
  }
}
