import { type AttributeName, printName, resolveName } from './attribute-name.ts';
import { comparable, compareText } from './comparison.ts';
import { badRequest } from './error.ts';
import { isObject, type Json } from './json.ts';
import { attributesBelow, type Resource } from './resource.ts';
import { findAttribute, type ResourceType } from './schema.ts';

export type SortOrder = 'ascending' | 'descending';

/**
 * The attribute that `sortBy` names (RFC 7644 §3.4.2.3); `emails` means `emails.value`. Undefined for a name the type does
 * not have: no resource holds data for it, so they all tie, as the RFC orders resources without data.
 *
 * @throws ScimError 400 `invalidValue`: a complex attribute without its sub-attribute, or one that is never returned
 */
export function readSortBy(sortBy: string, type: ResourceType): AttributeName | undefined {
  const name = resolveName(sortBy, type);
  if (!name?.attribute) return undefined;
  const resolved = { ...name, ...(!name.subAttribute && impliedValue(name)) };
  const { type: sorted, returned } = resolved.subAttribute ?? resolved.attribute;
  if (returned === 'never') {
    throw badRequest('invalidValue', `'${printName(name)}' is never returned and cannot be sorted by.`);
  }
  if (sorted === 'complex') {
    throw badRequest('invalidValue', `'${printName(name)}' is complex. Name the sub-attribute to sort by.`);
  }
  return resolved;
}

/**
 * A sorted copy: of a multi-valued attribute the primary value counts, else the first; text by code point of its canonical
 * form unless it is caseExact; who has no value comes last, or first when descending. What ties is ordered by id, so that
 * descending is exactly the reverse.
 */
export function sortResources(resources: readonly Resource[], name: AttributeName, order: SortOrder): Resource[] {
  const keyed = resources.map((resource) => ({ resource, key: sortKey(resource, name), id: resource.id ?? '' }));
  keyed.sort((a, b) => compareKeys(a.key, b.key) || compareText(a.id, b.id));
  if (order === 'descending') keyed.reverse();
  return keyed.map(({ resource }) => resource);
}

type Key = string | number | boolean | undefined;

function sortKey(resource: Resource, { schema, attribute, subAttribute }: AttributeName): Key {
  const held = attributesBelow(resource, schema)[attribute.name];
  const value = Array.isArray(held) ? (held.find((item) => isObject(item) && item.primary === true) ?? held[0]) : held;
  const sorted: Json | undefined = subAttribute ? (isObject(value) ? value[subAttribute.name] : undefined) : value;
  return sorted === undefined || sorted === null ? undefined : comparable(subAttribute ?? attribute, sorted);
}

function compareKeys(a: Key, b: Key): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return Number(a) - Number(b);
}

function impliedValue({ attribute }: AttributeName) {
  const value = attribute.type === 'complex' ? findAttribute(attribute, 'value') : undefined;
  return value && { subAttribute: value };
}
