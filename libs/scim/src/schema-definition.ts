/** Extension schemas that an administrator defines (RFC 7643 §3.3, §7): reading one, and changing one without losing data. */
import { badRequest, ScimError } from './error.ts';
import { isObject, type Json, type JsonObject, unusableText } from './json.ts';
import { type Attribute, type AttributeType, attribute, complex, type Schema } from './schema.ts';

/** Attributes and sub-attributes of one schema, together. */
export const MAX_SCHEMA_ATTRIBUTES = 100;
/** Characters of a whole definition: it comes with the credentials of every connection of its tenant. */
const MAX_LENGTH = 65_536;
const MAX_URN = 200;
const MAX_NAME = 100;
const MAX_DESCRIPTION = 1000;
const MAX_LISTED = 100;

const URN = /^urn:[a-z\d][a-z\d-]{0,30}[a-z\d](?::[\w.-]+)+$/i;
/** RFC 7643 §2.1 ATTRNAME. */
const NAME = /^[a-z][\w$-]*$/i;
const TYPES: readonly AttributeType[] = [
  'string',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'reference',
  'binary',
  'complex',
];
const RETURNED = ['always', 'default', 'request'] as const;
const CHARACTERISTICS = new Set([
  ...['name', 'type', 'multiValued', 'description', 'required', 'canonicalValues', 'caseExact', 'mutability'],
  ...['returned', 'uniqueness', 'referenceTypes', 'subAttributes'],
]);
const MEMBERS = new Set(['schemas', 'id', 'name', 'description', 'attributes', 'meta']);

/** What JavaScript finds on every object: an attribute of such a name would be there before anybody gave it. */
const RESERVED_NAMES = new Set(
  ['prototype', ...Object.getOwnPropertyNames(Object.prototype)].map((name) => name.toLowerCase()),
);

/**
 * URNs that are not a tenant's to define. `urn:ietf:params:scim:schemas:extension:` is open all the same, but for the
 * enterprise extension: identity providers make their administrators name custom attributes below it.
 */
const RESERVED_URNS = [
  /^urn:ietf:(?!params:scim:schemas:extension:)/i,
  /^urn:ietf:params:scim:schemas:extension:enterprise(?::|$)/i,
  /^urn:okta:scim:schemas:core:/i,
];

/**
 * Reads a Schema document (RFC 7643 §7) as an administrator gives it. What it leaves out has the defaults of §2.2; `meta`
 * and `schemas` are not looked at. Refused is what the engine could not keep its word on: see docs/scim.md.
 *
 * @throws ScimError 400 `invalidValue`: which part is wrong and what to write instead
 */
export function readSchema(definition: Json): Schema {
  if (!isObject(definition)) throw wrong('The definition', 'must be a JSON object: a Schema document (RFC 7643 §7)');
  refuseUnknown(definition, MEMBERS, 'The definition');
  const { attributes } = definition;
  if (!Array.isArray(attributes) || attributes.length === 0) {
    throw wrong(`'attributes'`, 'must be a list with at least one attribute');
  }
  const id = readUrn(definition.id ?? null);
  const name = readText(definition.name ?? null, 'name', MAX_NAME);
  const schema: Schema = {
    id,
    name,
    description: readDescription(definition.description, name, 'description'),
    attributes: readAttributes(attributes, 'attributes', readAttribute),
  };
  if (sizeOf(schema) > MAX_SCHEMA_ATTRIBUTES) {
    throw wrong(
      `'attributes'`,
      `hold more than ${MAX_SCHEMA_ATTRIBUTES} attributes and sub-attributes. Split the schema in two`,
    );
  }
  if (JSON.stringify(schema).length > MAX_LENGTH) {
    throw wrong(
      'The definition',
      `is longer than ${MAX_LENGTH} characters. Shorten its descriptions and lists of values`,
    );
  }
  return schema;
}

/** How many attributes and sub-attributes a schema has. */
export function sizeOf({ attributes }: Schema): number {
  return attributes.reduce((sum, { subAttributes }) => sum + 1 + (subAttributes?.length ?? 0), 0);
}

/**
 * That a URN can stand beside others. In `urn:a:b:c` the last part may be an attribute of `urn:a:b`, so one URN must not
 * be the beginning of another.
 *
 * @throws ScimError 409
 */
export function refuseOverlap(urn: string, others: readonly string[]): void {
  const lower = urn.toLowerCase();
  const clash = others.find((other) => {
    const known = other.toLowerCase();
    return known.startsWith(`${lower}:`) || lower.startsWith(`${known}:`);
  });
  if (clash === undefined) return;
  throw new ScimError(
    409,
    `'${urn}' and '${clash}' cannot be told apart in paths, as one begins with the other. Choose a URN that differs earlier.`,
  );
}

/**
 * That resources which fit the definition before fit the one after it: attributes are added, none is taken away, and
 * nothing that is kept gets another meaning. Descriptions, canonicalValues, referenceTypes and `returned` may change, and
 * what was required may become optional.
 *
 * @throws ScimError 409 naming the first attribute that stands in the way
 */
export function refuseIncompatible(before: Schema, after: Schema): void {
  refuseIncompatibleAttributes(before.attributes, after.attributes, '');
}

function refuseIncompatibleAttributes(before: readonly Attribute[], after: readonly Attribute[], parent: string): void {
  for (const kept of before) {
    const next = after.find(({ name }) => name === kept.name);
    const path = parent + kept.name;
    if (!next) throw incompatible(path, 'is missing. Keep it, in the same spelling');
    for (const characteristic of ['type', 'multiValued', 'caseExact', 'mutability', 'uniqueness'] as const) {
      if (next[characteristic] === kept[characteristic]) continue;
      throw incompatible(path, `has another ${characteristic}. Leave it ${String(kept[characteristic])}`);
    }
    if (next.required && !kept.required) throw incompatible(path, 'is required now. Leave it optional');
    refuseIncompatibleAttributes(kept.subAttributes ?? [], next.subAttributes ?? [], `${path}.`);
  }
  for (const { name, required } of after) {
    if (!required || before.some((kept) => kept.name === name)) continue;
    throw incompatible(parent + name, 'is new and required, which nothing that is stored fulfils. Make it optional');
  }
}

function incompatible(path: string, problem: string): ScimError {
  return new ScimError(409, `The definition cannot replace the registered one: '${path}' ${problem}.`);
}

function readUrn(id: Json): string {
  if (typeof id !== 'string' || id.length > MAX_URN || !URN.test(id)) {
    throw wrong(
      `'id'`,
      `must be a URN of at most ${MAX_URN} letters, digits and . _ - in parts set off by colons, such as urn:example:scim:schemas:extension:hr:1.0:User`,
    );
  }
  if (RESERVED_URNS.some((reserved) => reserved.test(id))) {
    throw wrong(
      `'id'`,
      'is a URN that standards define. Choose one of your own, such as urn:example:scim:schemas:extension:hr:1.0:User',
    );
  }
  return id;
}

function readAttributes(
  given: readonly Json[],
  path: string,
  read: (object: JsonObject, name: string, path: string) => Attribute,
): Attribute[] {
  const seen = new Set<string>();
  return given.map((item, index) => {
    const at = `${path}[${index}]`;
    if (!isObject(item)) throw wrong(`'${at}'`, 'must be an object');
    const name = readName(item.name ?? null, at, path !== 'attributes');
    const lower = name.toLowerCase();
    if (seen.has(lower)) {
      throw wrong(`'${at}.name'`, `is there already, and names differ by more than case (RFC 7643 §2.1). Rename it`);
    }
    seen.add(lower);
    refuseUnknown(item, CHARACTERISTICS, `'${at}' (${name})`);
    return read(item, name, at);
  });
}

function readName(name: Json, at: string, isSub: boolean): string {
  if (isSub && name === '$ref') return name;
  if (typeof name !== 'string' || name.length > MAX_NAME || !NAME.test(name)) {
    throw wrong(
      `'${at}.name'`,
      `must be a letter and then letters, digits, - _ or $, ${MAX_NAME} at most (RFC 7643 §2.1)`,
    );
  }
  if (RESERVED_NAMES.has(name.toLowerCase())) throw wrong(`'${at}.name'`, 'is a name that is not allowed. Rename it');
  return name;
}

function readAttribute(given: JsonObject, name: string, path: string): Attribute {
  const type = choice(given.type, TYPES, 'string', `${path}.type`);
  const { description, characteristics } = readCharacteristics(given, type, name, path);
  const multiValued = flag(given.multiValued, `${path}.multiValued`);
  if (type !== 'complex') {
    if (given.subAttributes !== undefined) {
      throw wrong(`'${path}.subAttributes'`, 'belong to an attribute of type complex. Set the type, or remove them');
    }
    return attribute(name, description, { ...characteristics, type, multiValued });
  }
  const subs = given.subAttributes;
  if (!Array.isArray(subs) || subs.length === 0) {
    throw wrong(`'${path}.subAttributes'`, 'must be a list with at least one attribute, as the type is complex');
  }
  const subAttributes = readAttributes(subs, `${path}.subAttributes`, readSubAttribute);
  return complex(name, description, subAttributes, { ...characteristics, multiValued });
}

function readSubAttribute(given: JsonObject, name: string, path: string): Attribute {
  const type = choice(given.type, TYPES, 'string', `${path}.type`);
  if (type === 'complex' || given.subAttributes !== undefined) {
    throw wrong(`'${path}'`, 'has sub-attributes, but attributes go one level deep (RFC 7643 §2.3.8). Flatten it');
  }
  if (flag(given.multiValued, `${path}.multiValued`)) {
    throw wrong(`'${path}.multiValued'`, 'must be false: a sub-attribute has one value. Make it an attribute');
  }
  const { description, characteristics } = readCharacteristics(given, type, name, path);
  return attribute(name, description, { ...characteristics, type });
}

/** What attributes and sub-attributes have in common. */
function readCharacteristics(given: JsonObject, type: AttributeType, name: string, path: string) {
  const { caseExact, canonicalValues, referenceTypes, mutability, uniqueness } = given;
  if (mutability !== undefined && mutability !== 'readWrite') {
    throw wrong(
      `'${path}.mutability'`,
      'must be readWrite: nothing here fills what is readOnly, writeOnly would be lost and immutable is not enforced',
    );
  }
  if (uniqueness !== undefined && uniqueness !== 'none') {
    throw wrong(`'${path}.uniqueness'`, 'must be none: uniqueness of tenant-defined attributes is not enforced');
  }
  if (referenceTypes !== undefined && type !== 'reference') {
    throw wrong(`'${path}.referenceTypes'`, 'belong to an attribute of type reference. Set the type, or remove them');
  }
  return {
    description: readDescription(given.description, name, `${path}.description`),
    characteristics: {
      required: flag(given.required, `${path}.required`),
      returned: choice(given.returned, RETURNED, 'default', `${path}.returned`),
      ...(caseExact !== undefined && { caseExact: flag(caseExact, `${path}.caseExact`) }),
      ...(canonicalValues !== undefined && { canonicalValues: texts(canonicalValues, `${path}.canonicalValues`) }),
      ...(referenceTypes !== undefined && { referenceTypes: texts(referenceTypes, `${path}.referenceTypes`) }),
    },
  };
}

function choice<T extends string>(given: Json | undefined, choices: readonly T[], otherwise: T, path: string): T {
  if (given === undefined) return otherwise;
  const chosen = choices.find((each) => each === given);
  if (chosen === undefined) throw wrong(`'${path}'`, `must be one of ${choices.join(', ')}`);
  return chosen;
}

function flag(given: Json | undefined, path: string): boolean {
  if (given === undefined || typeof given === 'boolean') return given ?? false;
  throw wrong(`'${path}'`, 'must be true or false');
}

function texts(given: Json, path: string): string[] {
  if (!Array.isArray(given) || given.length > MAX_LISTED) {
    throw wrong(`'${path}'`, `must be a list of at most ${MAX_LISTED} texts`);
  }
  return given.map((item, index) => readText(item, `${path}[${index}]`, MAX_NAME));
}

/** Discovery shows a description of everything, so that what has none is described by its name. */
function readDescription(given: Json | undefined, name: string, path: string): string {
  return given === undefined || given === '' ? name : readText(given, path, MAX_DESCRIPTION);
}

function readText(given: Json, path: string, most: number): string {
  if (typeof given === 'string' && given.trim() !== '' && given.length <= most && !unusableText(given)) return given;
  throw wrong(`'${path}'`, `must be a text of 1 to ${most} characters, without control characters`);
}

function refuseUnknown(object: JsonObject, known: ReadonlySet<string>, what: string): void {
  const unknown = Object.keys(object).find((key) => !known.has(key));
  if (unknown === undefined) return;
  throw wrong(
    what,
    `has '${unknown.slice(0, MAX_NAME)}', which RFC 7643 §7 does not know. There is: ${[...known].join(', ')}`,
  );
}

function wrong(what: string, problem: string): ScimError {
  return badRequest('invalidValue', `${what} ${problem}.`);
}
