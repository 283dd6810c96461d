/** How a PATCH operation changes the values of a multi-valued attribute (RFC 7644 §3.5.2.1 to §3.5.2.3). */
import { identityOf } from './comparison.ts';
import type { Dialect } from './dialect.ts';
import { badRequest } from './error.ts';
import { type Filter, matchesValue } from './filter.ts';
import { copyJson, isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { type Attribute, findAttribute } from './schema.ts';
import { isPrimary, refuseTooMany } from './value.ts';

const NOWHERE = '';

interface Change {
  readonly op: 'add' | 'replace' | 'remove';
  readonly attribute: Attribute;
  /** Absent: every value. */
  readonly filter: Filter | undefined;
  readonly subAttribute: Attribute | undefined;
  readonly value: Json | undefined;
}

/** Sets a sub-attribute, or unassigns it with null. */
export function setSub(object: JsonObject, sub: Attribute, value: Json): void {
  const before = object[sub.name];
  if (sub.mutability === 'immutable' && before !== undefined && !sameJson(before, value)) {
    throw badRequest('mutability', `'${sub.name}' cannot change once set. Remove the value and add another.`);
  }
  if (value === null) delete object[sub.name];
  else object[sub.name] = copyJson(value);
}

/**
 * Add (§3.5.2.1). A value that is there with all that is said of it changes nothing. A value is the same one when its
 * `value` is and its `type` does not differ; then the rest is merged into it. Any other is appended.
 */
export function plusValues(existing: readonly Json[], added: readonly Json[], attribute: Attribute): Json[] {
  const values = [...existing];
  const places = new Map<string, Json[]>();
  for (const value of values) remember(places, value, attribute);
  for (const value of added) {
    const candidates = places.get(placeOf(value, attribute)) ?? [];
    if (candidates.some((known) => hasAllOf(known, value, attribute))) continue;
    const same = candidates.find((known) => isSame(known, value, attribute));
    const kept = same ?? copyJson(value);
    if (isObject(same) && isObject(value)) {
      merge(same, value, attribute);
    } else {
      values.push(kept);
      remember(places, kept, attribute);
    }
    if (isPrimary(value)) keepOnePrimary(values, kept);
  }
  refuseTooMany(values.length, attribute, attribute.name);
  return values;
}

/** Entra's remove with a list of values: those go that have everything that one of the given values has. */
export function withoutValues(existing: readonly Json[], removed: readonly Json[], attribute: Attribute): Json[] {
  const places = new Map<string, Json[]>();
  for (const value of removed) remember(places, value, attribute);
  const withoutPlace = removed.filter((value) => placeOf(value, attribute) === NOWHERE);
  return existing.filter((value) => {
    const candidates = [...(places.get(placeOf(value, attribute)) ?? []), ...withoutPlace];
    return !candidates.some((candidate) => hasAllOf(value, candidate, attribute));
  });
}

/** An operation on the values that the filter matches, or on one sub-attribute of them. */
export function changeMatching(values: Json[], change: Change, dialect: Dialect): Json[] {
  const { op, filter, subAttribute, value } = change;
  const matching = values.filter((item) => isObject(item) && (!filter || matchesValue(filter, item)));
  if (matching.length === 0) return op === 'remove' ? values : withNewValue(values, change, dialect);
  const unassigns = op === 'remove' || value === undefined || value === null;
  if (unassigns && !subAttribute) {
    const gone = new Set(matching);
    return values.filter((item) => !gone.has(item));
  }
  const setsPrimary = subAttribute ? subAttribute.name === 'primary' && value === true : isPrimary(value ?? null);
  if (setsPrimary && matching.length > 1) {
    throw badRequest('invalidValue', `The path chooses ${matching.length} values, but only one can be primary.`);
  }
  for (const item of matching) if (isObject(item)) changeOne(item, change);
  if (setsPrimary) keepOnePrimary(values, matching[0]);
  return values.filter((item) => !isObject(item) || Object.keys(item).length > 0);
}

/**
 * A replace swaps the whole value ("all matching record values SHALL be replaced", §3.5.2.3); an add merges into it.
 * Both in place, so that the order of values stays.
 */
function changeOne(item: JsonObject, { op, attribute, subAttribute, value }: Change): void {
  if (subAttribute) {
    setSub(item, subAttribute, op === 'remove' ? null : (value ?? null));
  } else if (isObject(value)) {
    if (op === 'add') merge(item, value, attribute);
    else for (const sub of attribute.subAttributes ?? []) setSub(item, sub, value[sub.name] ?? null);
  }
}

/** Nothing matched: noTarget by the RFC (§3.5.2.3), a new value made of the filter's `eq` conditions for Entra. */
function withNewValue(values: Json[], { attribute, filter, subAttribute, value }: Change, dialect: Dialect): Json[] {
  const conditions = filter ? equalities(filter) : {};
  if (!conditions || (filter && (dialect !== 'entra' || !matchesValue(filter, conditions)))) {
    throw badRequest(
      'noTarget',
      `No value of '${attribute.name}' matches the filter in the path. Add the value first, or correct the filter.`,
    );
  }
  if (value === undefined || value === null) return values;
  const given = subAttribute ? { [subAttribute.name]: value } : isObject(value) ? value : {};
  const made = copyJson<JsonObject>({ ...conditions, ...given });
  const result = [...values, made];
  if (isPrimary(made)) keepOnePrimary(result, made);
  refuseTooMany(result.length, attribute, attribute.name);
  return result;
}

/** The `eq` conditions that must all hold, or undefined when the filter says anything else. */
function equalities(filter: Filter): JsonObject | undefined {
  if (filter.kind === 'compare' && filter.operator === 'eq' && filter.name.subAttribute) {
    return { [filter.name.subAttribute.name]: filter.value };
  }
  if (filter.kind !== 'and') return undefined;
  const all: JsonObject = {};
  for (const operand of filter.operands) {
    const conditions = equalities(operand);
    if (!conditions) return undefined;
    Object.assign(all, conditions);
  }
  return all;
}

function merge(into: JsonObject, value: JsonObject, attribute: Attribute): void {
  for (const sub of attribute.subAttributes ?? []) {
    const item = value[sub.name];
    if (item !== undefined) setSub(into, sub, item);
  }
}

/** Setting one primary makes the others false (RFC 7644 §3.5.2). */
function keepOnePrimary(values: readonly Json[], kept: Json | undefined): void {
  for (const value of values) if (value !== kept && isObject(value) && isPrimary(value)) value.primary = false;
}

/** Values that may be the same one share a place, so that finding it takes no search through all; NOWHERE: no `value`. */
function placeOf(value: Json, attribute: Attribute): string {
  if (!isObject(value)) return `=${identityOf(attribute, value)}`;
  const key = findAttribute(attribute, 'value');
  return key && value.value !== undefined ? `=${identityOf(key, value.value)}` : NOWHERE;
}

function remember(places: Map<string, Json[]>, value: Json, attribute: Attribute): void {
  const place = placeOf(value, attribute);
  const there = places.get(place);
  if (there) there.push(value);
  else places.set(place, [value]);
}

function isSame(known: Json, value: Json, attribute: Attribute): boolean {
  if (!isObject(known) || !isObject(value) || known.value === undefined || value.value === undefined) return false;
  const type = findAttribute(attribute, 'type');
  if (!type || known.type === undefined || value.type === undefined) return true;
  return identityOf(type, known.type) === identityOf(type, value.type);
}

function hasAllOf(value: Json, wanted: Json, attribute: Attribute): boolean {
  if (!isObject(value) || !isObject(wanted)) return identityOf(attribute, value) === identityOf(attribute, wanted);
  return Object.keys(wanted).every((name) => {
    const sub = findAttribute(attribute, name);
    const [left, right] = [value[name], wanted[name]];
    if (!sub || left === undefined || right === undefined) return false;
    return left === right || identityOf(sub, left) === identityOf(sub, right);
  });
}
