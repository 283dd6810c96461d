import { isDeepStrictEqual } from 'node:util';
import type { AttributeChange } from '#directory-api/activity';
import { isObject, type Json } from '#scim/json';
import type { Resource } from '#scim/resource';
import { type Attribute, complex, findAttribute, type ResourceType, type Schema } from '#scim/schema';

/** characters of a value */
const LONGEST = 200;
/** attributes of one change */
const MOST = 50;

/** Names that people give to attributes of their own that hold what nobody should read in a log. */
const SECRET_NAME = /passw(or)?d|passphrase|passcode|secret|token|credential|private_?key|social_?security|ssn$/i;

/** What every change has, and the row tells by itself. */
const UNTOLD = ['schemas', 'id', 'meta'];

/**
 * What a write changed, as a person may read it: values cut to {@link LONGEST} characters, at most {@link MOST}
 * attributes and then how many more. A complex attribute is told by its parts, a list as a whole. Of an attribute that is
 * write-only, never returned, binary, named like a secret, or unknown to the type, only that it changed is told.
 *
 * @param before undefined for a create
 * @param after undefined for a delete
 */
export function attributeChanges(
  before: Resource | undefined,
  after: Resource | undefined,
  type: ResourceType,
): AttributeChange[] {
  const changes: AttributeChange[] = [];
  for (const name of namesOf(before, after)) {
    if (!UNTOLD.includes(name)) compare(changes, name, attributeOf(type, name), before?.[name], after?.[name]);
  }
  if (changes.length <= MOST) return changes;
  return [...changes.slice(0, MOST), { path: '…', after: `${changes.length - MOST} more` }];
}

/** How many came and went; who they are is in the event. */
export function memberCounts(added: number, removed: number): AttributeChange[] {
  const counts = [...(added > 0 ? [`${added} added`] : []), ...(removed > 0 ? [`${removed} removed`] : [])];
  return counts.length > 0 ? [{ path: 'members', after: counts.join(', ') }] : [];
}

function compare(
  changes: AttributeChange[],
  path: string,
  attribute: Attribute | undefined,
  before: Json | undefined,
  after: Json | undefined,
): void {
  if (isDeepStrictEqual(before, after)) return;
  if (!attribute || isSensitive(attribute)) {
    changes.push({ path, hidden: true });
  } else if (attribute.subAttributes && isPart(before) && isPart(after)) {
    const joint = path.startsWith('urn:') && path === attribute.name ? ':' : '.';
    for (const name of namesOf(before, after)) {
      compare(changes, `${path}${joint}${name}`, findAttribute(attribute, name), before?.[name], after?.[name]);
    }
  } else {
    changes.push({
      path,
      ...(before !== undefined && { before: shown(before) }),
      ...(after !== undefined && { after: shown(after) }),
    });
  }
}

function isPart(value: Json | undefined): value is { [name: string]: Json } | undefined {
  return value === undefined || isObject(value);
}

/** A list is told whole, so one secret part hides it. */
function isSensitive({ name, type, mutability, returned, multiValued, subAttributes }: Attribute): boolean {
  if (mutability === 'writeOnly' || returned === 'never' || type === 'binary' || SECRET_NAME.test(name)) return true;
  return multiValued && (subAttributes?.some(isSensitive) ?? false);
}

function attributeOf(type: ResourceType, name: string): Attribute | undefined {
  const extension = type.extensions.find(({ id }) => id === name);
  return extension ? asComplex(extension) : findAttribute(type, name);
}

const extensions = new WeakMap<Schema, Attribute>();

/** An extension is like a complex attribute that its URN names. */
function asComplex(extension: Schema): Attribute {
  const known = extensions.get(extension);
  if (known) return known;
  const made = complex(extension.id, extension.description, extension.attributes);
  extensions.set(extension, made);
  return made;
}

function namesOf(before: object | undefined, after: object | undefined): Set<string> {
  return new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
}

function shown(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}…`;
}
