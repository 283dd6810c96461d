import type { Case, Section } from '../case.ts';
import { GROUP, givenGroup, group, NOBODY, one, patchOp, USER, user } from '../messages.ts';

const people = ['a', 'b', 'c'].map((name) => ({
  request: 'POST /Users',
  body: user({ userName: `${name}@example.com` }),
  status: 201,
  keep: { [name]: 'id' },
}));
const members = (...ids: string[]) => ids.map((value) => ({ value }));
const [a, b, c] = ['{{a}}', '{{b}}', '{{c}}'];
const same = (...ids: string[]) => (ids.length === 0 ? '<absent>' : { '<same>': members(...ids) });
const outer = (member?: string, more: object = {}) => [
  {
    request: 'POST /Groups',
    body: group({ displayName: 'Outer {{n}}', members: member ? [{ value: member, type: 'Group' }] : [] }),
    status: 201,
    keep: { outer: 'id' },
    ...more,
  },
];
const read = (expect: object) => ({ request: 'GET /Groups/{{id}}', status: 200, expect });
const patch = (operations: readonly unknown[], more: object = {}) => ({
  request: 'PATCH /Groups/{{id}}',
  body: patchOp(...operations),
  status: 204,
  ...more,
});

function changed(name: string, before: readonly string[], operations: readonly unknown[], ...after: string[]): Case {
  return {
    name,
    steps: [
      givenGroup({ members: members(...before) }),
      patch(operations),
      read({ displayName: 'Group {{n}}', members: same(...after) }),
    ],
  };
}
function unchanged(name: string, before: readonly string[], operations: readonly unknown[]): Case {
  return {
    name,
    steps: [
      givenGroup({ members: members(...before) }),
      patch(operations, { header: { etag: '{{version}}' } }),
      read({ members: same(...before), meta: { version: '{{version}}', lastModified: '{{lastModified}}' } }),
    ],
  };
}
function refused(name: string, operations: readonly unknown[], scimType: string): Case {
  return {
    name,
    steps: [
      givenGroup({ members: members(a) }),
      patch(operations, { status: 400, expect: { scimType } }),
      read({ members: same(a), meta: { version: '{{version}}' } }),
    ],
  };
}

/** Groups and their members: RFC 7643 §4.2, RFC 7644 §3.5.2. */
// biome-ignore format: one case a line
export const rfcGroups: Section = {
  name: 'RFC 7643 §4.2 groups',
  before: people,
  cases: [
    one('201 with members, complete', 'POST /Groups', 201, { body: group({ members: members(a, b), externalId: 'e' }), expect: { schemas: [GROUP], id: '<uuid>', externalId: 'e', displayName: 'Group {{n}}', members: { '<same>': [{ value: a, type: 'User', $ref: `<like /Users/>` }, { value: b, type: 'User' }] }, meta: { resourceType: 'Group', location: '<like /scim/v2/Groups/>' } }, header: { location: '<like /Groups/>', etag: '<like ^W/>' } }),
    one('a group of nobody', 'POST /Groups', 201, { body: group({ members: [] }), expect: { members: '<absent>' } }),
    one('a member given twice is a member once', 'POST /Groups', 201, { body: group({ members: members(a, a) }), expect: { members: { '<count>': 1 } } }),
    one('display, type and $ref of a member are ours', 'POST /Groups', 201, { body: group({ members: [{ value: a, display: 'x', type: 'User', $ref: 'https://elsewhere.example/x' }] }), expect: { members: [{ value: a, $ref: '<like /scim/v2/Users/>' }] } }),
    one('a member nobody knows is skipped', 'POST /Groups', 201, { body: group({ members: members(a, NOBODY) }), expect: { members: same(a) } }),
    one('a member that is no id is skipped', 'POST /Groups', 201, { body: group({ members: members(a, 'x') }), expect: { members: same(a) } }),
    one('a member without a value', 'POST /Groups', 400, { body: group({ members: [{ display: 'a' }] }), expect: { scimType: 'invalidValue' } }),
    one('no displayName', 'POST /Groups', 400, { body: { schemas: [GROUP] }, expect: { scimType: 'invalidValue' } }),
    one('a blank displayName', 'POST /Groups', 400, { body: group({ displayName: ' ' }), expect: { scimType: 'invalidValue' } }),
    one('schemas of a user', 'POST /Groups', 400, { body: group({ schemas: [USER] }), expect: { scimType: 'invalidSyntax' } }),
    one('an unknown attribute', 'POST /Groups', 400, { body: group({ shoeSize: 43 }), expect: { scimType: 'invalidSyntax' } }),
    { name: 'the same name: 409 uniqueness', steps: [givenGroup(), { request: 'POST /Groups', body: group({ displayName: 'GROUP {{n}}' }), status: 409, expect: { scimType: 'uniqueness' } }] },
    { name: 'a member shows the group', steps: [givenGroup({ members: members(c) }), { request: 'GET /Users/{{c}}', status: 200, expect: { groups: { '<has>': [{ value: '{{id}}', display: 'Group {{n}}', type: 'direct', $ref: '<like /Groups/>' }] } } }] },
    { name: 'users by their group', steps: [givenGroup({ members: members(a, b) }), { request: 'GET /Users?filter=groups.value eq "{{id}}"', status: 200, expect: { totalResults: 2, Resources: [{ id: a }, { id: b }] } }, { request: 'GET /Users?filter=groups[value eq "{{id}}"] and userName sw "b"', status: 200, expect: { totalResults: 1 } }] },
    { name: 'groups by their member', steps: [givenGroup({ members: members(a) }), { request: 'GET /Groups?filter=members.value eq "{{a}}" and displayName eq "Group {{n}}"', status: 200, expect: { totalResults: 1, Resources: [{ id: '{{id}}' }] } }, { request: 'GET /Groups?filter=members[value eq "{{b}}"] and displayName eq "Group {{n}}"', status: 200, expect: { totalResults: 0 } }] },
    { name: 'groups by displayName, in another case', steps: [givenGroup(), { request: 'GET /Groups?filter=displayName eq "GROUP {{n}}"', status: 200, expect: { totalResults: 1 } }] },
    { name: 'groups by externalId', steps: [givenGroup({ externalId: 'Ext-{{n}}' }), { request: 'GET /Groups?filter=externalId eq "Ext-{{n}}"', status: 200, expect: { totalResults: 1 } }, { request: 'GET /Groups?filter=externalId eq "ext-{{n}}"', status: 200, expect: { totalResults: 0 } }] },
    { name: 'groups by co, sw and meta', steps: [givenGroup(), { request: 'GET /Groups?filter=displayName co "roup {{n}}" and displayName sw "group" and meta.created gt "2011-05-13T04:42:34Z" and id eq "{{id}}"', status: 200, expect: { totalResults: 1 } }] },
    one('a wrong filter', 'GET /Groups?filter=userName eq "x"', 400, { expect: { scimType: 'invalidFilter' } }),
    changed('add a member', [a], [{ op: 'add', path: 'members', value: members(b) }], a, b),
    changed('add members without a path', [a], [{ op: 'add', value: { members: members(b, c) } }], a, b, c),
    changed('add with display, as Okta does', [], [{ op: 'add', path: 'members', value: [{ value: a, display: 'a@example.com' }] }], a),
    changed('an unknown member among known ones is skipped', [], [{ op: 'add', path: 'members', value: members(NOBODY, b) }], b),
    changed('remove a member by filter', [a, b], [{ op: 'remove', path: 'members[value eq "{{a}}"]' }], b),
    changed('remove several members, an operation each', [a, b, c], [{ op: 'remove', path: 'members[value eq "{{a}}"]' }, { op: 'remove', path: 'members[value eq "{{c}}"]' }], b),
    changed('remove members with or', [a, b, c], [{ op: 'remove', path: 'members[value eq "{{a}}" or value eq "{{b}}"]' }], c),
    changed('remove all members', [a, b], [{ op: 'remove', path: 'members' }]),
    changed('replace all members', [a, b], [{ op: 'replace', path: 'members', value: members(b, c) }], b, c),
    changed('replace all members by none', [a, b], [{ op: 'replace', path: 'members', value: [] }]),
    changed('replace all members without a path, with id and name', [a], [{ op: 'replace', value: { id: '{{id}}', displayName: 'Group {{n}}', members: members(c) } }], c),
    changed('removes, then an add, then the rename, as Okta sends them', [a, b], [{ op: 'remove', path: 'members[value eq "{{a}}"]' }, { op: 'add', path: 'members', value: members(c) }, { op: 'replace', value: { id: '{{id}}', displayName: 'Group {{n}}' } }], b, c),
    changed('operations on members in order', [], [{ op: 'add', path: 'members', value: members(a, b) }, { op: 'remove', path: 'members[value eq "{{a}}"]' }, { op: 'add', path: 'members', value: members(c) }], b, c),
    changed('remove, then add again', [a], [{ op: 'remove', path: 'members' }, { op: 'add', path: 'members', value: members(a) }], a),
    { name: 'a rename keeps the members', steps: [givenGroup({ members: members(a, b) }), patch([{ op: 'replace', value: { id: '{{id}}', displayName: 'New {{n}}' } }]), read({ displayName: 'New {{n}}', members: same(a, b) })] },
    { name: 'a rename into the same name in another case', steps: [givenGroup(), patch([{ op: 'replace', path: 'displayName', value: 'GROUP {{n}}' }]), read({ displayName: 'GROUP {{n}}' })] },
    { name: 'a rename into a name that is taken', steps: [{ request: 'POST /Groups', body: group({ displayName: 'Taken {{n}}' }), status: 201 }, givenGroup(), patch([{ op: 'replace', path: 'displayName', value: 'taken {{n}}' }], { status: 409, expect: { scimType: 'uniqueness' } }), read({ displayName: 'Group {{n}}', meta: { version: '{{version}}' } })] },
    { name: 'all or nothing', steps: [givenGroup({ members: members(a) }), patch([{ op: 'add', path: 'members', value: members(b) }, { op: 'replace', path: 'displayName', value: '' }], { status: 400 }), read({ members: same(a), meta: { version: '{{version}}' } })] },
    unchanged('add of who is a member', [a], [{ op: 'add', path: 'members', value: members(a) }]),
    unchanged('remove of who is no member', [a], [{ op: 'remove', path: 'members[value eq "{{b}}"]' }]),
    unchanged('replace by the same members', [a, b], [{ op: 'replace', path: 'members', value: members(b, a) }]),
    unchanged('the same name', [a], [{ op: 'replace', value: { id: '{{id}}', displayName: 'Group {{n}}' } }]),
    unchanged('unknown members alone', [a], [{ op: 'add', path: 'members', value: members(NOBODY) }]),
    unchanged('there and back', [a], [{ op: 'add', path: 'members', value: members(b) }, { op: 'remove', path: 'members[value eq "{{b}}"]' }]),
    refused('remove the displayName', [{ op: 'remove', path: 'displayName' }], 'mutability'),
    refused('replace the id', [{ op: 'replace', path: 'id', value: NOBODY }], 'mutability'),
    refused("replace a member's value", [{ op: 'replace', path: 'members[value eq "{{a}}"].value', value: b }], 'mutability'),
    refused('a member filter other than value eq', [{ op: 'remove', path: 'members[display co "a"]' }], 'invalidFilter'),
    refused('a path that no group has', [{ op: 'add', path: 'emails', value: [] }], 'invalidPath'),
    { name: 'attributes on a patch: 200 with a body', steps: [givenGroup({ members: members(a) }), patch([{ op: 'add', path: 'members', value: members(b) }], { request: 'PATCH /Groups/{{id}}?attributes=members', status: 200, expect: { members: same(a, b), displayName: '<absent>' } })] },
    { name: 'PUT replaces name and members', steps: [givenGroup({ members: members(a, b), externalId: 'e' }), { request: 'PUT /Groups/{{id}}', body: group({ displayName: 'Put {{n}}', members: members(c) }), status: 200, expect: { id: '{{id}}', displayName: 'Put {{n}}', externalId: '<absent>', members: same(c) } }, read({ members: same(c) })] },
    { name: 'PUT without members: nobody', steps: [givenGroup({ members: members(a) }), { request: 'PUT /Groups/{{id}}', body: group(), status: 200, expect: { members: '<absent>' } }] },
    { name: 'PUT of the same changes nothing', steps: [givenGroup({ members: members(a), externalId: 'e' }), { request: 'PUT /Groups/{{id}}', body: group({ externalId: 'e', members: members(a) }), status: 200, expect: { meta: { version: '{{version}}', lastModified: '{{lastModified}}' } } }] },
    { name: 'PUT of the same, its keys in another order', steps: [givenGroup({ externalId: 'e' }), { request: 'PUT /Groups/{{id}}', body: { externalId: 'e', id: '{{id}}', displayName: 'Group {{n}}', schemas: [GROUP] }, status: 200, expect: { meta: { version: '{{version}}' } } }] },
    one('PUT never creates', `PUT /Groups/${NOBODY}`, 404, { body: group() }),
    one('PATCH of what is not there', `PATCH /Groups/${NOBODY}`, 404, { body: patchOp({ op: 'add', path: 'members', value: [] }) }),
    { name: 'a user is no group', steps: [{ request: 'GET /Groups/{{a}}', status: 404 }, givenGroup(), { request: 'GET /Users/{{id}}', status: 404 }] },
    { name: 'a group as a member', steps: [givenGroup(), ...outer('{{id}}', { expect: { members: [{ value: '{{id}}', display: 'Group {{n}}', type: 'Group', $ref: '<like /scim/v2/Groups/>' }] } })] },
    { name: 'a group and a user, added and removed alike', steps: [givenGroup(), ...outer(), patch([{ op: 'add', path: 'members', value: [{ value: '{{outer}}', type: 'Group' }, { value: a, type: 'User' }] }]), read({ members: { '<same>': [{ value: a, type: 'User', $ref: '<like /Users/>' }, { value: '{{outer}}', type: 'Group', $ref: '<like /Groups/>' }] } }), patch([{ op: 'remove', path: 'members[value eq "{{outer}}"]' }]), read({ members: same(a) })] },
    { name: 'type of a member is ours', steps: [givenGroup(), ...outer(), patch([{ op: 'add', path: 'members', value: [{ value: '{{outer}}', type: 'User' }, { value: a, type: 'Group' }] }]), read({ members: { '<same>': [{ value: a, type: 'User' }, { value: '{{outer}}', type: 'Group' }] } })] },
    { name: 'a group that is a member already changes nothing', steps: [givenGroup(), ...outer('{{id}}', { keep: { outer: 'id', was: 'meta.version' } }), { request: 'PATCH /Groups/{{outer}}', body: patchOp({ op: 'add', path: 'members', value: members('{{id}}') }), status: 204, header: { etag: '{{was}}' } }] },
    { name: 'a cycle is refused', steps: [givenGroup(), ...outer('{{id}}'), patch([{ op: 'add', path: 'members', value: [{ value: '{{outer}}', type: 'Group' }, { value: a }] }], { status: 400, expect: { scimType: 'invalidValue', detail: '<like holds this group>' } }), read({ members: '<absent>', meta: { version: '{{version}}' } })] },
    { name: 'a cycle over several levels is refused, by PUT too', steps: [givenGroup(), ...outer('{{id}}'), { request: 'POST /Groups', body: group({ displayName: 'Outermost {{n}}', members: members('{{outer}}') }), status: 201, keep: { outermost: 'id' } }, { request: 'PUT /Groups/{{id}}', body: group({ members: members('{{outermost}}') }), status: 400, expect: { scimType: 'invalidValue' } }, read({ members: '<absent>', meta: { version: '{{version}}' } })] },
    { name: 'a group within itself is refused', steps: [givenGroup(), patch([{ op: 'add', path: 'members', value: members('{{id}}') }], { status: 400, expect: { scimType: 'invalidValue' } })] },
    { name: 'a user shows the groups over its group as indirect, each group once', steps: [givenGroup({ members: members(c) }), ...outer('{{id}}'), { request: 'POST /Groups', body: group({ displayName: 'Outermost {{n}}', members: members('{{outer}}', '{{id}}') }), status: 201, keep: { outermost: 'id' } }, { request: 'GET /Users?filter=groups.value eq "{{outermost}}"', status: 200, expect: { totalResults: 1, Resources: [{ id: c, groups: { '<has>': [{ value: '{{id}}', type: 'direct' }, { value: '{{outer}}', type: 'indirect', display: 'Outer {{n}}', $ref: '<like /Groups/>' }, { value: '{{outermost}}', type: 'indirect' }] } }] } }] },
    { name: 'groups by the group in them', steps: [givenGroup(), ...outer('{{id}}'), { request: 'GET /Groups?filter=members.value eq "{{id}}"', status: 200, expect: { totalResults: 1, Resources: [{ id: '{{outer}}' }] } }] },
    { name: 'the end of a group ends its place in others, and changes them', steps: [givenGroup(), ...outer('{{id}}', { keep: { outer: 'id', was: 'meta.version' } }), { request: 'DELETE /Groups/{{id}}', status: 204 }, { request: 'GET /Groups/{{outer}}', headers: { 'if-none-match': '{{was}}' }, status: 200, expect: { members: '<absent>' } }] },
  ],
};
