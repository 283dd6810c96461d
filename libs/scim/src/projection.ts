import { resolveName } from './attribute-name.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Resource } from './resource.ts';
import { type Attribute, findAttribute, findExtension, type ResourceType, type Schema } from './schema.ts';

/** Which attributes an answer holds (RFC 7644 §3.9). */
export interface Projection {
  readonly type: ResourceType;
  readonly mode: 'default' | 'only' | 'except';
  /** By extension URN (the empty text for the core schema), then by attribute name. */
  readonly names: ReadonlyMap<string, Selection>;
}

/** 'all', or the names of attributes or sub-attributes, each with its own selection. */
type Selection = 'all' | Map<string, Selection>;

const CORE = '';

/**
 * Reads `attributes` or `excludedAttributes`, as readListQuery leaves them. Names the type does not have are ignored:
 * a client may ask every type for the same list. Asking only for unknown ones leaves what is always returned.
 */
export function readProjection(
  query: { attributes?: readonly string[] | undefined; excludedAttributes?: readonly string[] | undefined },
  type: ResourceType,
): Projection {
  const { attributes, excludedAttributes } = query;
  if (attributes) return { type, mode: 'only', names: selectionOf(attributes, type) };
  if (excludedAttributes) return { type, mode: 'except', names: selectionOf(excludedAttributes, type) };
  return { type, mode: 'default', names: new Map() };
}

/**
 * The resource with what the projection asks for. `returned` has the last word (RFC 7643 §2.2): `always` stays however
 * it is excluded, `never` goes however it is asked for, `request` comes only when asked for. The values are shared with
 * the input, not copied.
 */
export function project(resource: Resource, projection: Projection): Resource {
  const { type, mode, names } = projection;
  const result: Resource = { schemas: resource.schemas };
  for (const key of Object.keys(resource)) {
    const value = resource[key];
    if (value === undefined) continue;
    const attribute = findAttribute(type, key);
    const chosen = attribute
      ? projectAttribute(value, attribute, mode, selected(names.get(CORE), key))
      : projectExtension(value, findExtension(type, key), mode, names.get(key));
    if (chosen !== undefined) result[key] = chosen;
  }
  return result;
}

function selectionOf(given: readonly string[], type: ResourceType): Map<string, Selection> {
  const names = new Map<string, Selection>();
  for (const text of given) {
    const name = resolveName(text, type);
    if (!name) continue;
    const steps = [name.schema ?? CORE];
    if (name.attribute) steps.push(name.attribute.name);
    if (name.attribute && name.subAttribute) steps.push(name.subAttribute.name);
    select(names, steps);
  }
  return names;
}

function select(into: Map<string, Selection>, [first = CORE, ...rest]: string[]): void {
  const there = into.get(first);
  if (there === 'all') return;
  if (rest.length === 0) {
    into.set(first, 'all');
    return;
  }
  const below = there ?? new Map<string, Selection>();
  into.set(first, below);
  select(below, rest);
}

function selected(selection: Selection | undefined, name: string): Selection | undefined {
  return selection === 'all' ? 'all' : selection?.get(name);
}

function projectExtension(
  value: Json,
  extension: Schema | undefined,
  mode: Projection['mode'],
  selection: Selection | undefined,
): JsonObject | undefined {
  if (!extension || !isObject(value)) return undefined;
  return projectObject(value, (name) => findAttribute(extension, name), mode, selection);
}

function projectAttribute(
  value: Json,
  attribute: Attribute | undefined,
  mode: Projection['mode'],
  selection: Selection | undefined,
): Json | undefined {
  if (!attribute || attribute.returned === 'never') return undefined;
  if (attribute.returned === 'always') return value;
  if (mode === 'except' && selection === 'all') return undefined;
  if (mode !== 'only' && attribute.returned === 'request') return undefined;
  if (mode === 'only' && selection === undefined && !hasAlways(attribute)) return undefined;
  if (attribute.type !== 'complex') return value;
  const one = (item: Json): Json | undefined =>
    isObject(item) ? projectObject(item, (name) => findAttribute(attribute, name), mode, selection) : item;
  if (!Array.isArray(value)) return one(value);
  const items = value.flatMap((item) => one(item) ?? []);
  return items.length > 0 ? items : undefined;
}

function projectObject(
  object: JsonObject,
  find: (name: string) => Attribute | undefined,
  mode: Projection['mode'],
  selection: Selection | undefined,
): JsonObject | undefined {
  const result: JsonObject = {};
  let isEmpty = true;
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value === undefined) continue;
    const chosen = projectAttribute(value, find(name), mode, selected(selection, name));
    if (chosen === undefined) continue;
    result[name] = chosen;
    isEmpty = false;
  }
  return isEmpty ? undefined : result;
}

function hasAlways(attribute: Attribute): boolean {
  return attribute.subAttributes?.some(({ returned }) => returned === 'always') ?? false;
}
