import type { Attribute, ResourceType } from '#scim/schema';
import { commonAttributes } from '#scim/schema';
import { pick, type Random, whole } from '../harness/random.ts';

/** Ids of what was made, and the cursors that were given out; random requests are about these. */
export interface Known {
  users: string[];
  groups: string[];
  cursors: string[];
}

const WORDS = [
  'Ada',
  'grace',
  'Straße',
  'ＡＢＣ',
  'e\u0301',
  '%',
  '_',
  "O'Brien",
  '😀',
  'x y',
  'true',
  '0',
  'a@b.example',
];
const LITERALS = ['true', 'false', 'null', '0', '-1', '1.5', '""', '"2026-01-01T00:00:00Z"', '"not a date"'];

/** Something for the attribute, mostly of its type; what is not has to be refused and to harm nothing. */
export function valueFor(next: Random, attribute: Attribute, known: Known): unknown {
  if (attribute.multiValued && next() < 0.95) {
    return Array.from({ length: whole(next, 0, 3) }, () => singleFor(next, attribute, known));
  }
  return singleFor(next, attribute, known);
}

function singleFor(next: Random, attribute: Attribute, known: Known): unknown {
  if (next() < 0.03) return pick(next, [null, 0, 'wrong', true, [], {}, ['x'], { value: 1 }]);
  switch (attribute.type) {
    case 'boolean':
      return pick(next, [true, false, 'True', 'False']);
    case 'complex':
      return complexFor(next, attribute.subAttributes ?? [], known);
    case 'dateTime':
      return '2026-02-03T04:05:06Z';
    case 'decimal':
    case 'integer':
      return whole(next, -5, 5);
    case 'reference':
      return 'https://example.com/x';
    case 'binary':
      return 'AAAA';
    case 'string':
      return textFor(next, attribute, known);
  }
}

function textFor(next: Random, { name, canonicalValues }: Attribute, known: Known): string {
  if (name === 'userName') return `u${whole(next, 1, 100_000)}@example.com`;
  if (name === 'displayName') return `${pick(next, WORDS)} ${whole(next, 1, 10_000)}`;
  if (canonicalValues && next() < 0.9) return pick(next, canonicalValues);
  if (name === 'value' && next() < 0.7) return someId(next, known);
  return pick(next, WORDS);
}

function complexFor(next: Random, attributes: readonly Attribute[], known: Known): Record<string, unknown> {
  const chosen = attributes.filter(({ name }) => next() < (name === 'value' ? 0.95 : 0.4));
  return Object.fromEntries(chosen.map((each) => [inSomeCase(next, each.name), valueFor(next, each, known)]));
}

/** A body for a create or a replace: what the type requires, and some of the rest. */
export function resourceFor(next: Random, type: ResourceType, known: Known): Record<string, unknown> {
  const chosen = type.schema.attributes.filter((each) => next() < (each.required ? 0.98 : 0.2));
  const extension = next() < 0.2 ? type.extensions[0] : undefined;
  return {
    schemas: [type.schema.id, ...(extension ? [extension.id] : [])],
    ...Object.fromEntries(chosen.map((each) => [inSomeCase(next, each.name), valueFor(next, each, known)])),
    ...(extension && { [extension.id]: complexFor(next, extension.attributes, known) }),
  };
}

/** The operations of a PATCH (RFC 7644 §3.5.2), with and without paths and value filters. */
export function operationsFor(next: Random, type: ResourceType, known: Known): object[] {
  return Array.from({ length: whole(next, 1, 4) }, () => operationFor(next, type, known));
}

function operationFor(next: Random, type: ResourceType, known: Known): object {
  const op = pick(next, ['add', 'replace', 'remove', 'Add', 'Replace', 'Remove']);
  const attribute = pick(next, type.schema.attributes);
  if (next() < 0.2) return { op, value: { [attribute.name]: valueFor(next, attribute, known) } };
  const sub = attribute.subAttributes && next() < 0.5 ? pick(next, attribute.subAttributes) : undefined;
  const filter = attribute.multiValued && next() < 0.5 ? `[${comparison(next, attribute, known)}]` : '';
  const path = `${inSomeCase(next, attribute.name)}${filter}${sub ? `.${sub.name}` : ''}`;
  if (op.toLowerCase() === 'remove' && next() < 0.8) return { op, path };
  return { op, path, value: valueFor(next, sub ?? attribute, known) };
}

/** A filter (RFC 7644 §3.4.2.2) over the type's attributes, and now and then one that has a mistake. */
export function filterFor(next: Random, type: ResourceType, known: Known, depth = 0): string {
  const chance = next();
  if (depth < 3 && chance < 0.25) {
    const joined = [filterFor(next, type, known, depth + 1), filterFor(next, type, known, depth + 1)];
    return `(${joined.join(pick(next, [' and ', ' or ', ' AND ']))})`;
  }
  if (depth < 3 && chance < 0.35) return `not (${filterFor(next, type, known, depth + 1)})`;
  if (chance > 0.98) return pick(next, ['(', 'userName', 'userName eq', 'x eq "1"', 'emails[', 'not', '"']);
  const attribute = pick(next, [...type.schema.attributes, ...commonAttributes]);
  if (attribute.multiValued && attribute.subAttributes && next() < 0.4) {
    return `${attribute.name}[${comparison(next, attribute, known)}]`;
  }
  const sub = attribute.subAttributes && next() < 0.8 ? pick(next, attribute.subAttributes) : undefined;
  return compare(next, sub ? `${attribute.name}.${sub.name}` : attribute.name, sub ?? attribute, known);
}

function comparison(next: Random, { subAttributes = [] }: Attribute, known: Known): string {
  if (subAttributes.length === 0) return 'value pr';
  const sub = pick(next, subAttributes);
  return compare(next, sub.name, sub, known);
}

function compare(next: Random, path: string, attribute: Attribute, known: Known): string {
  const operator = pick(next, ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr', 'EQ', 'Co']);
  const name = inSomeCase(next, path);
  if (operator === 'pr') return `${name} pr`;
  if (next() < 0.1) return `${name} ${operator} ${pick(next, LITERALS)}`;
  const value = singleFor(next, { ...attribute, multiValued: false }, known);
  return `${name} ${operator} ${JSON.stringify(typeof value === 'object' ? pick(next, WORDS) : value)}`;
}

/** An attribute's name, or that of one of its sub-attributes. */
export function nameFor(next: Random, type: ResourceType): string {
  const attribute = pick(next, [...type.schema.attributes, ...commonAttributes]);
  const sub = attribute.subAttributes && next() < 0.5 ? pick(next, attribute.subAttributes) : undefined;
  return inSomeCase(next, sub ? `${attribute.name}.${sub.name}` : attribute.name);
}

export function someId(next: Random, { users, groups }: Known): string {
  const ids = next() < 0.8 ? users : groups;
  return ids.length === 0 || next() < 0.05 ? '01900000-0000-7000-8000-000000000000' : pick(next, ids);
}

function inSomeCase(next: Random, name: string): string {
  return next() < 0.05 ? name.toUpperCase() : name;
}
