/**
 * How SCIM describes resources (RFC 7643 §2 and §7), and the case-insensitive look-up of names (§2.1).
 */

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'reference'
  | 'binary'
  | 'complex';

/** An attribute's characteristics (RFC 7643 §2.2 and §7). */
export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
  readonly description: string;
  /** How many values one resource may hold: 1,000 unless said. Ours, not the RFC's, and not published. */
  readonly maxValues?: number;
}

export interface Schema {
  /** The URN. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

/** RFC 7643 §6. All extensions are optional. */
export interface ResourceType {
  readonly name: string;
  /** The path below the base URL, such as `/Users`. */
  readonly endpoint: string;
  readonly description: string;
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
}

type Characteristics = Partial<Omit<Attribute, 'name' | 'description' | 'subAttributes'>>;

/** An attribute with the defaults of RFC 7643 §2.2; references and binary values are case-exact (§2.3.6, §2.3.7). */
export function attribute(name: string, description: string, characteristics: Characteristics = {}): Attribute {
  const type = characteristics.type ?? 'string';
  return {
    name,
    type,
    multiValued: false,
    required: false,
    caseExact: type === 'reference' || type === 'binary',
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...characteristics,
    description,
  };
}

export function complex(
  name: string,
  description: string,
  subAttributes: readonly Attribute[],
  characteristics: Characteristics = {},
): Attribute {
  return { ...attribute(name, description, { ...characteristics, type: 'complex' }), subAttributes };
}

/** A multi-valued complex attribute with the sub-attributes that RFC 7643 §2.4 gives all of them. */
export function plural(
  name: string,
  description: string,
  value: Characteristics,
  canonicalTypes: readonly string[] = [],
): Attribute {
  return complex(
    name,
    description,
    [
      attribute('value', 'The value itself.', value),
      attribute('display', 'A name for people to read.'),
      attribute('type', 'What the value is for.', canonicalTypes.length > 0 ? { canonicalValues: canonicalTypes } : {}),
      primary,
    ],
    { multiValued: true },
  );
}

/** At most one value of an attribute is primary (RFC 7643 §2.4). */
export const primary: Attribute = attribute('primary', 'True for the preferred value; at most one value has it.', {
  type: 'boolean',
});

/** The attributes of every resource (RFC 7643 §3 and §3.1), which no schema lists. */
export const commonAttributes: readonly Attribute[] = [
  attribute('schemas', 'The URNs of the schemas in use.', {
    type: 'reference',
    multiValued: true,
    required: true,
    mutability: 'readOnly',
    returned: 'always',
  }),
  attribute('id', 'The identifier, given by the server.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The identifier the provisioning client uses.', { caseExact: true }),
  complex(
    'meta',
    'What the server records about the resource.',
    [
      attribute('resourceType', 'The name of the resource type.', { caseExact: true, mutability: 'readOnly' }),
      attribute('created', 'When it was made.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When it last changed.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'Its URI.', { type: 'reference', referenceTypes: ['uri'], mutability: 'readOnly' }),
      attribute('version', 'Its entity tag.', { caseExact: true, mutability: 'readOnly' }),
    ],
    { mutability: 'readOnly' },
  ),
];

type Owner = ResourceType | Schema | Attribute;
const indexes = new WeakMap<Owner, Map<string, Attribute>>();

/**
 * The attribute of that name, in whatever case. A resource type finds its core schema's attributes and the common
 * ones, a schema its own, a complex attribute its sub-attributes.
 */
export function findAttribute(owner: Owner, name: string): Attribute | undefined {
  let index = indexes.get(owner);
  if (!index) {
    index = new Map();
    for (const attribute of attributesOf(owner)) {
      index.set(attribute.name, attribute).set(attribute.name.toLowerCase(), attribute);
    }
    indexes.set(owner, index);
  }
  return index.get(name) ?? index.get(name.toLowerCase());
}

/** The extension of that URN, in whatever case (RFC 7643 §3.3; URNs are case-insensitive, RFC 7643 §2.1). */
export function findExtension(type: ResourceType, urn: string): Schema | undefined {
  const lower = urn.toLowerCase();
  return type.extensions.find((extension) => extension.id.toLowerCase() === lower);
}

function attributesOf(owner: Owner): readonly Attribute[] {
  if ('schema' in owner) return [...owner.schema.attributes, ...commonAttributes];
  if ('attributes' in owner) return owner.attributes;
  return owner.subAttributes ?? [];
}
