import fc from 'fast-check';
import { type AttributeName, resolveName } from '#scim/attribute-name';
import { type CompareOperator, type Literal, operatorsOf } from '#scim/comparison';
import { ENTERPRISE_USER_URN } from '#scim/enterprise-user';
import type { Filter } from '#scim/filter';
import { findAttribute } from '#scim/schema';
import { userType } from '#scim/user';

/** Letters whose folding, width, order or meaning to SQL goes wrong easily. */
const LETTERS = [
  ...['a', 'A', 'b', 'B', 'z', '0', ' ', '%', '_', '\\', '"', "'", '.', '$1'],
  ...['ß', 'ẞ', 'ς', 'σ', 'Σ', 'İ', 'ı', 'I', 'i', 'é', 'e\u0301', 'Å', 'Å', 'ﬁ', 'ｂ', 'Ⅳ', 'ǅ', 'K'],
  ...['\ue000', '\uffff', '\u{1f600}', '\u{10400}', '\u{10428}'],
];
export const text = fc.array(fc.constantFrom(...LETTERS), { maxLength: 3 }).map((letters) => letters.join(''));

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const kind = fc.constantFrom('work', 'Work', 'home');

/** Values of a multi-valued attribute, at most one of them primary. */
const plural = fc
  .array(fc.record({ value: optional(text), type: optional(kind), display: optional(text) }), { maxLength: 3 })
  .chain((values) =>
    fc
      .integer({ min: -1, max: 3 })
      .map((chosen) => values.map((value, index) => ({ ...value, ...(index === chosen && { primary: true }) }))),
  );

/** Attributes of a user as a client may send them, but for userName. */
export const userAttributes = fc.record({
  active: fc.boolean(),
  externalId: optional(text),
  displayName: optional(text),
  title: optional(text),
  profileUrl: optional(text),
  name: optional(fc.record({ familyName: optional(text), givenName: optional(text) })),
  emails: optional(plural),
  roles: optional(plural),
  addresses: optional(fc.array(fc.record({ locality: optional(text), type: optional(kind) }), { maxLength: 2 })),
  [ENTERPRISE_USER_URN]: optional(
    fc.record({ department: optional(text), manager: optional(fc.record({ value: optional(text) })) }),
  ),
});

/** The texts in it, in other cases as well. */
export function textsOf(users: object[]): string[] {
  const texts: string[] = [];
  JSON.stringify(users, (_, value: unknown) => {
    if (typeof value === 'string') texts.push(value, value.toUpperCase(), value.toLowerCase());
    return value;
  });
  return texts;
}

const NAMES = [
  ...['userName', 'externalId', 'displayName', 'title', 'profileUrl', 'active', 'id', 'schemas'],
  ...['name.familyName', 'name.givenName', 'emails.value', 'emails.type', 'emails.primary', 'roles.value'],
  ...['addresses.locality', 'meta.created', 'meta.lastModified', 'meta.resourceType', 'meta.version', 'groups.value'],
  ...[`${ENTERPRISE_USER_URN}:department`, `${ENTERPRISE_USER_URN}:manager.value`],
];
const COMPLEX = ['name', 'emails', 'roles', 'addresses', `${ENTERPRISE_USER_URN}:manager`];

function named(text: string): AttributeName {
  const name = resolveName(text, userType);
  if (!name?.attribute) throw new Error(`no attribute ${text}`);
  return name;
}

/** What a user can be sorted by. */
export const sortName = fc.constantFrom(...NAMES.filter((name) => name !== 'groups.value').map(named));

const comparison = (name: AttributeName, known: readonly string[]): fc.Arbitrary<Filter> => {
  const attribute = name.subAttribute ?? name.attribute;
  const literals: Record<string, fc.Arbitrary<Literal>> = {
    boolean: fc.boolean(),
    dateTime: fc.constantFrom(
      ...['2026-01-31T12:00:00Z', '2026-01-31T13:00:00+01:00', '2026-01-31T12:00:00', '2026-01-31T12:00:00.0009Z'],
      ...['2026-01-31T12:00:01.5Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59+23:59'],
    ),
  };
  const literal = literals[attribute.type] ?? fc.oneof(text, fc.constantFrom(...known));
  return fc.record({
    kind: fc.constant('compare' as const),
    name: fc.constant(name),
    operator: fc.constantFrom<CompareOperator>(...operatorsOf(attribute)),
    value: literal,
  });
};

const present = (name: AttributeName): fc.Arbitrary<Filter> => fc.constant({ kind: 'present', name });

function combined(leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      tie('filter').map((operand): Filter => ({ kind: 'not', operand })),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
        .map(([kind, operands]): Filter => ({ kind, operands })),
    ),
  })).filter;
}

function valueFilter(name: AttributeName): fc.Arbitrary<Filter> {
  const subs = ['value', 'type', 'primary', 'locality', 'familyName'];
  const names = subs.flatMap((sub) => {
    const subAttribute = findAttribute(name.attribute, sub);
    return subAttribute ? [{ ...name, subAttribute }] : [];
  });
  const leaf = fc.constantFrom(...names).chain((sub) => fc.oneof(comparison(sub, ['work']), present(sub)));
  return combined(leaf).map((filter): Filter => ({ kind: 'values', name, filter }));
}

/** Any filter over users; `known` are texts that some of them hold. */
export function userFilter(known: readonly string[]): fc.Arbitrary<Filter> {
  const single = fc.constantFrom(...NAMES).map(named);
  const complex = fc.constantFrom(...COMPLEX).map(named);
  return combined(
    fc.oneof(
      { weight: 6, arbitrary: single.chain((name) => comparison(name, known)) },
      { weight: 2, arbitrary: fc.oneof(single, complex).chain(present) },
      { weight: 2, arbitrary: complex.chain(valueFilter) },
    ),
  );
}
