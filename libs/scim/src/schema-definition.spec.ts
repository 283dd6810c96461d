import { describe, expect, test } from '@jest/globals';
import { schemaJson } from './discovery.ts';
import { extendTypes } from './extended-types.ts';
import { parseFilter } from './filter.ts';
import type { Json, JsonObject } from './json.ts';
import { applyPatch, PATCH_OP_URN, readPatch } from './patch.ts';
import { parsePath } from './path.ts';
import { project, readProjection } from './projection.ts';
import { MAX_SCHEMA_ATTRIBUTES, readSchema, refuseIncompatible, refuseOverlap } from './schema-definition.ts';
import { readSortBy } from './sort.ts';
import { USER_URN, userType } from './user.ts';
import { readResource } from './validate.ts';

const URN = 'urn:example:scim:schemas:extension:hr:1.0:User';

const badge = { name: 'badge', required: true };
const floors: Json[] = [
  { name: 'value', caseExact: true },
  { name: 'floor', type: 'integer' },
  { name: '$ref', type: 'reference' },
];
const desks = {
  name: 'desks',
  type: 'complex',
  multiValued: true,
  subAttributes: floors,
};

function definition(
  attributes: Json[] = [badge, { name: 'startedOn', type: 'dateTime' }, desks],
  more: JsonObject = {},
) {
  return { id: URN, name: 'HR', attributes, ...more };
}

const refusal = (given: Json): string => {
  try {
    readSchema(given);
  } catch (error) {
    expect(error).toMatchObject({ status: 400, scimType: 'invalidValue' });
    return (error as Error).message;
  }
  return 'accepted';
};

describe('readSchema', () => {
  test('gives what is left out the defaults of RFC 7643 §2.2', () => {
    expect(readSchema(definition([{ name: 'badge' }])).attributes).toEqual([
      {
        name: 'badge',
        type: 'string',
        description: 'badge',
        multiValued: false,
        required: false,
        caseExact: false,
        mutability: 'readWrite',
        returned: 'default',
        uniqueness: 'none',
      },
    ]);
  });

  test('reads again what discovery shows of it, unchanged', () => {
    const schema = readSchema(definition());
    expect(readSchema(schemaJson(schema))).toEqual(schema);
    expect(readSchema({ ...schemaJson(schema), meta: { location: 'x' } })).toEqual(schema);
  });

  test.each(['urn:ietf:params:scim:schemas:extension:acme:2.0:User', 'URN:Acme:x', 'urn:a1:b_c.d-e'])(
    'takes the URN %s',
    (id) => {
      expect(readSchema(definition(undefined, { id })).id).toBe(id);
    },
  );

  test.each([
    ['', /must be a URN/],
    ['acme', /must be a URN/],
    ['urn:a:b', /must be a URN/],
    ['urn:acme:', /must be a URN/],
    ['urn:acme::x', /must be a URN/],
    ['urn:acme:a b', /must be a URN/],
    ['urn:acme:a[b', /must be a URN/],
    [`urn:acme:${'x'.repeat(300)}`, /must be a URN/],
    [`urn:acme:${'x:'.repeat(50_000)}`, /must be a URN/],
    [7, /must be a URN/],
    [null, /must be a URN/],
    [USER_URN, /standards define/],
    [USER_URN.toUpperCase(), /standards define/],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', /standards define/],
    ['urn:ietf:params:scim:schemas:extension:Enterprise', /standards define/],
    ['urn:ietf:params:scim:schemas:extension', /standards define/],
    ['urn:okta:scim:schemas:core:1.0:Role', /standards define/],
  ])('refuses the URN %j', (id, expected) => {
    expect(refusal(definition(undefined, { id }))).toMatch(expected);
  });

  test.each([
    ['no object', [], /JSON object/],
    ['no name', { id: URN, attributes: [badge] }, /'name' must be a text/],
    ['no attributes', { id: URN, name: 'HR' }, /at least one attribute/],
    ['an empty list of them', definition([]), /at least one attribute/],
    ['what no schema has', definition(undefined, { atributes: [] }), /has 'atributes'/],
    ['a control character', definition(undefined, { description: 'a\u0000' }), /'description' must be a text/],
  ])('refuses a document with %s', (_, given, expected) => {
    expect(refusal(given)).toMatch(expected);
  });

  test.each<[string, Json, RegExp]>([
    ['no object', 'badge', /'attributes\[0\]' must be an object/],
    ['no name', {}, /attributes\[0\]\.name' must be a letter/],
    ['a digit first', { name: '1st' }, /must be a letter/],
    ['a dot', { name: 'a.b' }, /must be a letter/],
    ['a colon', { name: 'a:b' }, /must be a letter/],
    ['__proto__', { name: '__proto__' }, /must be a letter/],
    ['$ref, outside a complex attribute', { name: '$ref' }, /must be a letter/],
    ['constructor', { name: 'constructor' }, /not allowed/],
    ['prototype', { name: 'Prototype' }, /not allowed/],
    ['what every object has', { name: 'toString' }, /not allowed/],
    ['an unknown characteristic', { name: 'a', multivalued: true }, /has 'multivalued'/],
    ['an unknown type', { name: 'a', type: 'text' }, /type' must be one of string/],
    ['a type that is no text', { name: 'a', type: 1 }, /type' must be one of string/],
    ['a flag that is none', { name: 'a', multiValued: 'true' }, /multiValued' must be true or false/],
    ['uniqueness', { name: 'a', uniqueness: 'server' }, /uniqueness' must be none/],
    ['readOnly', { name: 'a', mutability: 'readOnly' }, /mutability' must be readWrite/],
    ['returned never', { name: 'a', returned: 'never' }, /returned' must be one of/],
    ['no sub-attributes', { name: 'a', type: 'complex' }, /subAttributes' must be a list/],
    ['sub-attributes of a text', { name: 'a', subAttributes: [{ name: 'b' }] }, /type complex/],
    ['two levels', { name: 'a', type: 'complex', subAttributes: [{ name: 'b', type: 'complex' }] }, /one level deep/],
    ['a list in it', { name: 'a', type: 'complex', subAttributes: [{ name: 'b', multiValued: true }] }, /one value/],
    ['canonicalValues of no text', { name: 'a', canonicalValues: [1] }, /canonicalValues\[0\]' must be a text/],
    ['referenceTypes of a text', { name: 'a', referenceTypes: ['User'] }, /type reference/],
  ])('refuses an attribute with %s', (_, given, expected) => {
    expect(refusal(definition([given]))).toMatch(expected);
  });

  test('refuses two names that differ by case only, at both levels', () => {
    expect(refusal(definition([{ name: 'badge' }, { name: 'Badge' }]))).toMatch(
      /attributes\[1\]\.name' is there already/,
    );
    const subAttributes = [{ name: 'b' }, { name: 'B' }];
    expect(refusal(definition([{ name: 'a', type: 'complex', subAttributes }]))).toMatch(/there already/);
  });

  test('refuses what is too long as a whole', () => {
    const canonicalValues = Array.from({ length: 100 }, (_, n) => `${n}`.padStart(100, 'x'));
    const many = Array.from({ length: 10 }, (_, n) => ({ name: `a${n}`, canonicalValues }));
    expect(refusal(definition(many))).toMatch(/longer than 65536/);
  });

  test('refuses more attributes than it may hold, sub-attributes counted', () => {
    const plain = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `a${n}` }));
    expect(refusal(definition(plain(MAX_SCHEMA_ATTRIBUTES)))).toBe('accepted');
    expect(refusal(definition([...plain(MAX_SCHEMA_ATTRIBUTES - 3), desks]))).toMatch(/more than 100/);
  });
});

test('refuseOverlap tells URNs apart that a path could not', () => {
  expect(() => refuseOverlap('urn:a1:hr', ['urn:a1:hrx', 'urn:b1:hr'])).not.toThrow();
  expect(() => refuseOverlap('urn:a1:hr', ['URN:a1:HR:badge'])).toThrow(/cannot be told apart/);
  expect(() => refuseOverlap('urn:a1:hr:badge', ['urn:a1:hr'])).toThrow(/cannot be told apart/);
});

describe('refuseIncompatible', () => {
  const before = readSchema(definition());
  const change = (attributes: Json[]) => () => refuseIncompatible(before, readSchema(definition(attributes)));
  const startedOn = { name: 'startedOn', type: 'dateTime' };

  test.each<[string, Json[]]>([
    ['the same', [badge, startedOn, desks]],
    ['an optional attribute more, in another order', [{ name: 'extra' }, startedOn, desks, badge]],
    [
      'what was required is optional',
      [{ name: 'badge', canonicalValues: ['a'], returned: 'request' }, startedOn, desks],
    ],
    [
      'an optional sub-attribute more',
      [badge, startedOn, { ...desks, subAttributes: [...desks.subAttributes, { name: 'type' }] }],
    ],
  ])('lets pass: %s', (_, attributes) => {
    expect(change(attributes)).not.toThrow();
  });

  test.each<[string, Json[], RegExp]>([
    ['an attribute less', [badge, startedOn], /'desks' is missing/],
    ['another spelling', [{ ...badge, name: 'Badge' }, startedOn, desks], /'badge' is missing/],
    ['another type', [badge, { name: 'startedOn' }, desks], /'startedOn' has another type. Leave it dateTime/],
    ['many instead of one', [{ ...badge, multiValued: true }, startedOn, desks], /another multiValued/],
    ['another case', [{ ...badge, caseExact: true }, startedOn, desks], /another caseExact/],
    ['required now', [badge, { ...startedOn, required: true }, desks], /'startedOn' is required now/],
    ['new and required', [badge, startedOn, desks, { name: 'x', required: true }], /'x' is new and required/],
    [
      'a sub-attribute less',
      [badge, startedOn, { ...desks, subAttributes: [{ name: 'floor', type: 'integer' }] }],
      /'desks.value' is missing/,
    ],
  ])('refuses: %s', (_, attributes, expected) => {
    expect(change(attributes)).toThrow(expected);
  });
});

describe('a type with a tenant-defined extension', () => {
  const { user, group } = extendTypes([{ resourceType: 'User', schema: readSchema(definition()) }]);
  const body = (extension: Json) => ({ schemas: [USER_URN], userName: 'ada@example.com', [URN]: extension });
  const patch = (resource: ReturnType<typeof readResource>, ...Operations: Json[]) =>
    applyPatch(resource, readPatch({ schemas: [PATCH_OP_URN], Operations }, user), user, 'rfc');
  const ada = readResource(body({ BADGE: 'b1', desks: [{ value: 'd1', floor: 2 }] }), user);

  test('leaves the types alone that it does not extend', () => {
    expect(user.extensions.slice(0, -1)).toEqual(userType.extensions);
    expect(extendTypes([]).user).toBe(userType);
    expect(group.extensions).toEqual([]);
  });

  test('is read like any other', () => {
    expect(ada[URN]).toEqual({ badge: 'b1', desks: [{ value: 'd1', floor: 2 }] });
    expect(ada.schemas).toEqual([USER_URN, URN]);
    expect(() => readResource(body({ nothing: 1 }), user)).toThrow(/is not an attribute/);
    expect(() => readResource(body({ badge: 'b', startedOn: 'soon' }), user)).toThrow(/dateTime/);
    expect(() => readResource(body({ badge: 'b' }), userType)).toThrow(/not registered/);
  });

  test('has its required attributes where it is used, and is itself never required', () => {
    expect(() => readResource(body({ startedOn: '2026-01-31T00:00:00Z' }), user)).toThrow(/:badge' is required/);
    const bob = readResource({ schemas: [USER_URN], userName: 'bob@example.com' }, user);
    expect(() => patch(bob, { op: 'add', path: `${URN}:startedOn`, value: '2026-01-31T00:00:00Z' })).toThrow(
      /required/,
    );
    expect(() => patch(ada, { op: 'remove', path: `${URN}:badge` })).toThrow(/required/);
    expect(patch(ada, { op: 'remove', path: URN })).toEqual({ schemas: [USER_URN], userName: 'ada@example.com' });
  });

  test('is found in paths, filters, sorts and projections, in whatever case', () => {
    expect(
      patch(ada, { op: 'replace', path: `${URN.toUpperCase()}:desks[value eq "d1"].floor`, value: 3 })[URN],
    ).toEqual({
      badge: 'b1',
      desks: [{ value: 'd1', floor: 3 }],
    });
    expect(parsePath(`${URN}:desks.floor`, user)).toMatchObject({ schema: URN });
    expect(parseFilter(`${URN}:badge eq "b1" and not (${URN}:desks[floor gt 2])`, user)).toMatchObject({ kind: 'and' });
    expect(readSortBy(`${URN}:startedOn`, user)).toMatchObject({ schema: URN });
    const only = project(ada, readProjection({ attributes: [`${URN}:badge`] }, user));
    expect(only).toEqual({ schemas: ada.schemas, [URN]: { badge: 'b1' } });
  });

  test('may name an attribute like a core one that has rules of its own', () => {
    const schema = readSchema(
      definition([{ name: 'active', type: 'boolean' }, { name: 'password' }, { name: 'members' }]),
    );
    const type = extendTypes([{ resourceType: 'User', schema }]).user;
    expect(readResource(body({ active: null, password: 'p', members: 'm' }), type)[URN]).toEqual({
      password: 'p',
      members: 'm',
    });
  });
});
