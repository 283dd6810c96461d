import type { Section } from '../case.ts';
import {
  ENTERPRISE,
  GROUP,
  givenGroup,
  givenUser,
  group,
  one,
  PATCH_OP,
  patched,
  patchOp,
  USER,
  user,
} from '../messages.ts';

const work = { emails: [{ type: 'work', value: 'w@example.com' }] };
const patchGroup = (...operations: object[]) => ({
  request: 'PATCH /Groups/{{id}}',
  body: patchOp(...operations),
  status: 204,
});
const members = (...ids: string[]) => ids.map((value) => ({ value }));
const readGroup = (expect: object) => ({ request: 'GET /Groups/{{id}}', status: 200, expect });
const people = ['a', 'b', 'c'].map((name) => ({
  request: 'POST /Users',
  body: user({ userName: `${name}@example.com` }),
  status: 201,
  keep: { [name]: 'id' },
}));
const abc = members('{{a}}', '{{b}}', '{{c}}');

/** What Entra's provisioning service really sends. */
// biome-ignore format: one case a line
export const entra: Section = {
  name: 'Entra request shapes',
  headers: { 'user-agent': 'Microsoft-AzureAD-Provisioning/1.0' },
  before: people,
  cases: [
    patched('Replace capitalised', {}, [{ op: 'Replace', path: 'displayName', value: 'New' }], { displayName: 'New' }),
    patched('Add capitalised', {}, [{ op: 'Add', path: 'displayName', value: 'New' }], { displayName: 'New' }),
    patched('Remove capitalised', { displayName: 'Old' }, [{ op: 'Remove', path: 'displayName' }], { displayName: '<absent>' }),
    patched('active as the text False', {}, [{ op: 'Replace', path: 'active', value: 'False' }], { active: false }),
    patched('active as the text True', { active: false }, [{ op: 'Add', path: 'active', value: 'True' }], { active: true }),
    one('active as a text in a create', 'POST /Users', 201, { body: user({ active: 'False' }), expect: { active: false } }),
    patched('dotted keys without a path', {}, [{ op: 'Add', value: { 'name.givenName': 'G', 'name.familyName': 'F', displayName: 'GF' } }], { name: { givenName: 'G', familyName: 'F' }, displayName: 'GF' }),
    patched('URN keys without a path', {}, [{ op: 'Add', value: { [`${ENTERPRISE}:department`]: 'Sales', [`${ENTERPRISE}:employeeNumber`]: '7' } }], { [ENTERPRISE]: { department: 'Sales', employeeNumber: '7' } }),
    patched('URN path', {}, [{ op: 'Add', path: `${ENTERPRISE}:department`, value: 'Sales' }], { [ENTERPRISE]: { department: 'Sales' }, schemas: { '<has>': [ENTERPRISE] } }),
    patched('a path with a value filter as a key', work, [{ op: 'Replace', value: { 'emails[type eq "work"].value': 'new@example.com' } }], { emails: [{ type: 'work', value: 'new@example.com' }] }),
    patched('the value of a work email that is not there makes it', {}, [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'w@example.com' }], work),
    patched('and leaves the others', { emails: [{ type: 'home', value: 'h@example.com' }] }, [{ op: 'Add', path: 'emails[type eq "work"].value', value: 'w@example.com' }], { emails: { '<same>': [{ type: 'home', value: 'h@example.com' }, { type: 'work', value: 'w@example.com' }] } }),
    patched('several sub-attributes of an address that is not there', {}, [{ op: 'Add', path: 'addresses[type eq "work"].locality', value: 'Town' }, { op: 'Add', path: 'addresses[type eq "work"].country', value: 'GB' }], { addresses: [{ type: 'work', locality: 'Town', country: 'GB' }] }),
    patched('a primary role that is not there', {}, [{ op: 'Add', path: 'roles[primary eq "True"].value', value: 'admin' }], { roles: [{ primary: true, value: 'admin' }] }),
    patched('a primary role that is there', { roles: [{ value: 'user', primary: true }] }, [{ op: 'Replace', path: 'roles[primary eq "True"].value', value: 'admin' }], { roles: [{ primary: true, value: 'admin' }] }),
    patched('manager as a bare id', {}, [{ op: 'Add', path: `${ENTERPRISE}:manager`, value: '{{a}}' }], { [ENTERPRISE]: { manager: { value: '{{a}}' } } }),
    patched('manager replaced by a bare id', { [ENTERPRISE]: { manager: { value: '{{a}}' } }, schemas: [USER, ENTERPRISE] }, [{ op: 'Replace', path: `${ENTERPRISE}:manager`, value: '{{b}}' }], { [ENTERPRISE]: { manager: { value: '{{b}}' } } }),
    patched('manager removed', { [ENTERPRISE]: { manager: { value: '{{a}}' } } }, [{ op: 'Remove', path: `${ENTERPRISE}:manager` }], { [ENTERPRISE]: '<absent>', schemas: [USER] }),
    { name: 'a create with the enterprise URN and nothing in it', steps: [{ request: 'POST /Users', body: user({ schemas: [USER, ENTERPRISE] }), status: 201, expect: { userName: 'u{{n}}@example.com' } }] },
    { name: 'a create with meta and mailNickname left to us', steps: [{ request: 'POST /Users', body: user({ externalId: 'e-{{n}}', meta: { resourceType: 'User' } }), status: 201, expect: { externalId: 'e-{{n}}', meta: { resourceType: 'User', version: '<text>' } } }] },
    { name: 'a group create with a schema of Entra\'s own', steps: [{ request: 'POST /Groups', body: group({ schemas: [GROUP, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'], externalId: 'g', meta: { resourceType: 'Group' } }), status: 201, expect: { displayName: 'Group {{n}}', externalId: 'g' } }] },
    { name: 'a group PATCH is answered 204', steps: [givenGroup(), patchGroup({ op: 'Add', path: 'members', value: members('{{a}}') })] },
    { name: 'members added with $ref null', steps: [givenGroup(), patchGroup({ op: 'Add', path: 'members', value: [{ $ref: null, value: '{{a}}' }] }), readGroup({ members: members('{{a}}') })] },
    { name: 'members removed by a list of values: only those', steps: [givenGroup({ members: abc }), patchGroup({ op: 'Remove', path: 'members', value: [{ $ref: null, value: '{{b}}' }] }), readGroup({ members: { '<same>': members('{{a}}', '{{c}}') } })] },
    { name: 'several members removed by a list of values', steps: [givenGroup({ members: abc }), patchGroup({ op: 'Remove', path: 'members', value: members('{{a}}', '{{b}}') }), readGroup({ members: members('{{c}}') })] },
    { name: 'removing an empty list of values removes nothing', steps: [givenGroup({ members: abc }), patchGroup({ op: 'Remove', path: 'members', value: [] }), readGroup({ members: { '<count>': 3 } })] },
    { name: 'a group found without its members', steps: [givenGroup({ members: abc }), { request: 'GET /Groups?excludedAttributes=members&filter=displayName eq "Group {{n}}"', status: 200, expect: { totalResults: 1, Resources: [{ id: '{{id}}', members: '<absent>' }] } }] },
    { name: 'the test of the connection: a random id, an empty list', steps: [{ request: 'GET /Users?filter=userName eq "1b9c0d52-8a4f-4d8a-9c1e-1d2f3a4b5c6d"', status: 200, expect: { totalResults: 0, Resources: [] } }] },
    { name: 'is this person a member', steps: [givenGroup({ members: members('{{a}}') }), { request: 'GET /Groups?attributes=id&filter=id eq "{{id}}" and members eq "{{a}}"', status: 200, expect: { totalResults: 1, Resources: [{ id: '{{id}}', displayName: '<absent>' }] } }, { request: 'GET /Groups?attributes=id&filter=id eq "{{id}}" and members eq "{{b}}"', status: 200, expect: { totalResults: 0 } }] },
  ],
};

/** Google Workspace: suspends and deletes, and goes by /Schemas. */
// biome-ignore format: one case a line
export const google: Section = {
  name: 'Google request shapes',
  headers: { 'user-agent': 'Google-Auto-Provisioning' },
  cases: [
    one('the schema of users drives the mapping', `GET /Schemas/${USER}`, 200, { expect: { id: USER, attributes: { '<has>': [{ name: 'userName', required: true }, { name: 'emails', multiValued: true }] } } }),
    { name: 'a suspended person is inactive', steps: [givenUser(), { request: 'PATCH /Users/{{id}}', body: patchOp({ op: 'replace', path: 'active', value: false }), status: 200, expect: { active: false } }] },
    { name: 'a suspended person is deleted', steps: [givenUser({ active: false }), { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'GET /Users/{{id}}', status: 404 }] },
    { name: 'an active person is deleted without a suspension', steps: [givenUser(), { request: 'DELETE /Users/{{id}}', status: 204 }] },
    { name: 'a deleted person is made again, with a new id', steps: [givenUser(), { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'POST /Users', body: user(), status: 201, expect: { id: '<not {{id}}>' } }] },
    { name: 'a whole replace', steps: [givenUser({ name: { givenName: 'G' } }), { request: 'PUT /Users/{{id}}', body: user({ id: '{{id}}', name: { givenName: 'H' } }), status: 200, expect: { name: { givenName: 'H' } } }] },
  ],
};

/** OneLogin: emails as an object. */
// biome-ignore format: one case a line
export const oneLogin: Section = {
  name: 'OneLogin request shapes',
  headers: { 'user-agent': 'OneLogin' },
  before: people,
  cases: [
    one('emails as an object', 'POST /Users', 201, { body: user({ emails: { value: 'o@example.com', type: 'work' } }), expect: { emails: [{ value: 'o@example.com', type: 'work' }] } }),
    one('emails without primary', 'POST /Users', 201, { body: user({ emails: [{ value: 'o@example.com' }] }), expect: { emails: [{ value: 'o@example.com' }] } }),
    { name: 'emails as an object in a PUT', steps: [givenUser(), { request: 'PUT /Users/{{id}}', body: user({ emails: { value: 'o@example.com' } }), status: 200, expect: { emails: [{ value: 'o@example.com' }] } }] },
    patched('emails as an object in a PATCH', {}, [{ op: 'replace', path: 'emails', value: { value: 'o@example.com' } }], { emails: [{ value: 'o@example.com' }] }),
    { name: 'one member as an object', steps: [givenGroup(), patchGroup({ op: 'add', path: 'members', value: { value: '{{a}}' } }), readGroup({ members: members('{{a}}') })] },
    { name: 'members replaced by a list', steps: [givenGroup({ members: abc }), patchGroup({ op: 'replace', path: 'members', value: members('{{b}}') }), readGroup({ members: members('{{b}}') })] },
  ],
};

/** JumpCloud: one operation for each attribute, with its path. Rippling: asks what is supported. */
// biome-ignore format: one case a line
export const others: Section = {
  name: 'JumpCloud and Rippling request shapes',
  cases: [
    patched('an operation for each attribute', {}, [{ op: 'replace', path: 'name.givenName', value: 'J' }, { op: 'replace', path: 'name.familyName', value: 'C' }, { op: 'replace', path: 'displayName', value: 'JC' }, { op: 'replace', path: 'title', value: 'T' }], { name: { givenName: 'J', familyName: 'C' }, displayName: 'JC', title: 'T' }),
    patched('a whole multi-valued attribute with its path', {}, [{ op: 'add', path: 'phoneNumbers', value: [{ type: 'mobile', value: '1' }] }], { phoneNumbers: [{ type: 'mobile', value: '1' }] }),
    patched('a path with its URN', {}, [{ op: 'replace', path: `${USER}:displayName`, value: 'JC' }], { displayName: 'JC' }),
    { name: 'keys of the message in lower case', steps: [givenUser(), { request: 'PATCH /Users/{{id}}', body: { schemas: [PATCH_OP], operations: [{ op: 'replace', path: 'title', value: 'T' }] }, status: 200, expect: { title: 'T' } }] },
    one('what is supported', 'GET /ServiceProviderConfig', 200, { expect: { patch: { supported: true }, filter: { supported: true, maxResults: '<integer>' }, etag: { supported: true }, authenticationSchemes: { '<has>': [{ type: '<text>', name: '<text>', description: '<text>' }] } } }),
    one('a list without parameters', 'GET /Users', 200, { expect: { itemsPerPage: '<integer>', Resources: '<present>' } }),
    one('a filter with pluses for spaces', 'GET /Users?filter=userName+eq+"u1@example.com"', 200, { expect: { totalResults: 1 } }),
  ],
};
