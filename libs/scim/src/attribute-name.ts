import { type Attribute, findAttribute, type ResourceType } from './schema.ts';

/**
 * A resolved attribute name (RFC 7644 §3.10). `schema` is the URN of an extension, which is also the key that the
 * attribute lives below in a Resource; it is absent for the core schema and the common attributes.
 */
export interface AttributeName {
  readonly schema?: string;
  readonly attribute: Attribute;
  readonly subAttribute?: Attribute;
}

/** The URN of an extension standing alone. */
export interface ExtensionName {
  readonly schema: string;
  readonly attribute?: undefined;
}

/**
 * Resolves `name`, `name.sub`, `urn:…:name.sub` or an extension's bare URN, in whatever case.
 * Undefined when the resource type has no such attribute.
 */
export function resolveName(text: string, type: ResourceType): AttributeName | ExtensionName | undefined {
  if (!/^urn:/i.test(text)) return resolveBelow(type, undefined, text);
  const lower = text.toLowerCase();
  const schema = [type.schema, ...type.extensions].find(({ id }) => {
    return lower.startsWith(id.toLowerCase()) && (text.length === id.length || text[id.length] === ':');
  });
  if (!schema) return undefined;
  const isCore = schema === type.schema;
  if (text.length === schema.id.length) return isCore ? undefined : { schema: schema.id };
  return resolveBelow(isCore ? type : schema, isCore ? undefined : schema.id, text.slice(schema.id.length + 1));
}

/** The canonical text, which resolves to the same name. */
export function printName({ schema, attribute, subAttribute }: AttributeName): string {
  return `${schema ? `${schema}:` : ''}${attribute.name}${subAttribute ? `.${subAttribute.name}` : ''}`;
}

function resolveBelow(
  owner: Parameters<typeof findAttribute>[0],
  schema: string | undefined,
  text: string,
): AttributeName | undefined {
  const dot = text.indexOf('.');
  const attribute = findAttribute(owner, dot < 0 ? text : text.slice(0, dot));
  if (!attribute) return undefined;
  const name = schema === undefined ? { attribute } : { schema, attribute };
  if (dot < 0) return name;
  const subAttribute = findAttribute(attribute, text.slice(dot + 1));
  return subAttribute && { ...name, subAttribute };
}
