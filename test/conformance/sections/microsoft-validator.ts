import type { Section } from '../case.ts';
import { ENTERPRISE, givenGroup, givenUser, group, LIST, patchOp, user } from '../messages.ts';

const USERS = 'GET /Users?filter=';
const entra = { 'user-agent': 'Microsoft-AzureAD-Provisioning/1.0' };
const person = {
  externalId: 'ext-{{n}}',
  displayName: 'Person {{n}}',
  title: 'Engineer',
  preferredLanguage: 'en-GB',
  name: { givenName: 'Given', familyName: 'Family', formatted: 'Given Family' },
  emails: [{ type: 'work', value: 'work{{n}}@example.com', primary: true }],
  addresses: [{ type: 'work', formatted: '1 Street', locality: 'Town', country: 'GB' }],
  phoneNumbers: [
    { type: 'work', value: '100' },
    { type: 'mobile', value: '200' },
  ],
};
const read = (expect: object) => ({ request: 'GET /Users/{{id}}', status: 200, expect });
const patch = (...operations: object[]) => ({
  request: 'PATCH /Users/{{id}}',
  body: patchOp(...operations),
  status: [200, 204],
});
const patchGroup = (...operations: object[]) => ({
  request: 'PATCH /Groups/{{id}}',
  body: patchOp(...operations),
  status: [200, 204],
});
const readGroup = (expect: object) => ({ request: 'GET /Groups/{{id}}', status: 200, expect });
const list = (...Resources: object[]) => ({
  schemas: { '<has>': [LIST] },
  totalResults: Resources.length,
  startIndex: '<integer>',
  itemsPerPage: '<integer>',
  Resources,
});

/** What Microsoft's SCIM validator is known to check of users, in our words: 25 checks. */
// biome-ignore format: one case a line
export const microsoftUsers: Section = {
  name: 'Microsoft validator: users',
  headers: entra,
  cases: [
    { name: '1 create a user', steps: [{ request: 'POST /Users', body: user(person), status: 201, expect: { id: '<text>', userName: 'u{{n}}@example.com', ...person, active: true, meta: { resourceType: 'User', created: '<dateTime>', lastModified: '<dateTime>', location: '<text>' } } }] },
    { name: '2 a duplicate is refused', steps: [givenUser(person), { request: 'POST /Users', body: user(person), status: 409, expect: { scimType: 'uniqueness' } }] },
    { name: '3 get the user', steps: [givenUser(person), read({ id: '{{id}}', ...person })] },
    { name: '4 a user that is not there', steps: [{ request: 'GET /Users/00000000-0000-0000-0000-000000000000', status: 404, expect: { status: '404' } }] },
    { name: '5 filter for an existing user', steps: [givenUser(person), { request: `${USERS}userName eq "u{{n}}@example.com"`, status: 200, expect: list({ id: '{{id}}', ...person }) }] },
    { name: '6 filter for a user that is not there', steps: [{ request: `${USERS}userName eq "nobody@example.com"`, status: 200, expect: list() }] },
    { name: '7 filter for an existing user in another case', steps: [givenUser(person), { request: `${USERS}userName eq "U{{n}}@EXAMPLE.COM"`, status: 200, expect: list({ id: '{{id}}' }) }] },
    { name: '8 filter by externalId', steps: [givenUser(person), { request: `${USERS}externalId eq "ext-{{n}}"`, status: 200, expect: list({ id: '{{id}}' }) }] },
    { name: '9 filter by work email', steps: [givenUser(person), { request: `${USERS}emails[type eq "work"].value eq "work{{n}}@example.com"`, status: 200, expect: list({ id: '{{id}}' }) }] },
    { name: '10 replace attributes, one operation each', steps: [givenUser(person), patch({ op: 'replace', path: 'displayName', value: 'New' }, { op: 'replace', path: 'title', value: 'Lead' }), read({ displayName: 'New', title: 'Lead', userName: 'u{{n}}@example.com' })] },
    { name: '11 replace attributes, one operation without a path', steps: [givenUser(person), patch({ op: 'replace', value: { displayName: 'New', 'name.givenName': 'Oswaldo', 'name.familyName': 'Rylan' } }), read({ displayName: 'New', name: { givenName: 'Oswaldo', familyName: 'Rylan', formatted: 'Given Family' } })] },
    { name: '12 replace with paths into multi-valued attributes', steps: [givenUser(person), patch({ op: 'replace', path: 'emails[type eq "work"].value', value: 'other@example.com' }, { op: 'replace', path: 'phoneNumbers[type eq "mobile"].value', value: '300' }, { op: 'replace', path: 'addresses[type eq "work"].locality', value: 'City' }), read({ emails: [{ type: 'work', value: 'other@example.com' }], phoneNumbers: { '<has>': [{ type: 'mobile', value: '300' }, { type: 'work', value: '100' }] }, addresses: [{ locality: 'City', country: 'GB' }] })] },
    { name: '13 change the userName', steps: [givenUser(person), patch({ op: 'replace', path: 'userName', value: 'renamed{{n}}@example.com' }), { request: `${USERS}userName eq "renamed{{n}}@example.com"`, status: 200, expect: list({ id: '{{id}}' }) }] },
    { name: '14 add attributes that were not there', steps: [givenUser(), patch({ op: 'add', path: 'title', value: 'Engineer' }, { op: 'add', path: 'name.givenName', value: 'Given' }, { op: 'add', path: 'emails[type eq "work"].value', value: 'w@example.com' }), read({ title: 'Engineer', name: { givenName: 'Given' }, emails: [{ type: 'work', value: 'w@example.com' }] })] },
    { name: '15 add attributes in one operation without a path', steps: [givenUser(), patch({ op: 'add', value: { title: 'Engineer', nickName: 'Nick', 'emails[type eq "work"].value': 'w@example.com' } }), read({ title: 'Engineer', nickName: 'Nick', emails: [{ type: 'work', value: 'w@example.com' }] })] },
    { name: '16 remove attributes', steps: [givenUser(person), patch({ op: 'remove', path: 'title' }, { op: 'remove', path: 'name.formatted' }, { op: 'remove', path: 'phoneNumbers[type eq "mobile"]' }), read({ title: '<absent>', name: { formatted: '<absent>', givenName: 'Given' }, phoneNumbers: [{ type: 'work' }] })] },
    { name: '17 several kinds of operation on different attributes', steps: [givenUser(person), patch({ op: 'add', path: 'nickName', value: 'Nick' }, { op: 'replace', path: 'displayName', value: 'New' }, { op: 'remove', path: 'title' }), read({ nickName: 'Nick', displayName: 'New', title: '<absent>' })] },
    { name: '18 several operations on the same attribute: the last one holds', steps: [givenUser(person), patch({ op: 'remove', path: 'displayName' }, { op: 'add', path: 'displayName', value: 'A' }, { op: 'replace', path: 'displayName', value: 'B' }), read({ displayName: 'B' })] },
    { name: '19 disable a user', steps: [givenUser(person), patch({ op: 'replace', path: 'active', value: false }), read({ active: false, ...person })] },
    { name: '20 a disabled user is found by filter, with active', steps: [givenUser(person), patch({ op: 'replace', path: 'active', value: false }), { request: `${USERS}userName eq "u{{n}}@example.com"`, status: 200, expect: list({ id: '{{id}}', active: false }) }] },
    { name: '21 enable a user again', steps: [givenUser({ ...person, active: false }), patch({ op: 'replace', path: 'active', value: true }), read({ active: true })] },
    { name: '22 enterprise attributes', steps: [givenUser(person), patch({ op: 'add', path: `${ENTERPRISE}:department`, value: 'Sales' }, { op: 'add', path: `${ENTERPRISE}:employeeNumber`, value: '42' }), read({ [ENTERPRISE]: { department: 'Sales', employeeNumber: '42' }, schemas: { '<has>': [ENTERPRISE] } })] },
    { name: '23 add, replace and remove a manager', steps: [givenUser(person), patch({ op: 'add', path: `${ENTERPRISE}:manager`, value: 'm-1' }), read({ [ENTERPRISE]: { manager: { value: 'm-1' } } }), patch({ op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: 'm-2' } }), read({ [ENTERPRISE]: { manager: { value: 'm-2' } } }), patch({ op: 'remove', path: `${ENTERPRISE}:manager` }), read({ [ENTERPRISE]: '<absent>' })] },
    { name: '24 delete a user', steps: [givenUser(person), { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'GET /Users/{{id}}', status: 404 }] },
    { name: '25 delete a user that is not there', steps: [givenUser(), { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'DELETE /Users/{{id}}', status: 404 }] },
  ],
};

/** The same for groups: 7 checks. */
// biome-ignore format: one case a line
export const microsoftGroups: Section = {
  name: 'Microsoft validator: groups',
  headers: entra,
  before: [{ request: 'POST /Users', body: user({ userName: 'member@example.com' }), status: 201, keep: { member: 'id' } }],
  cases: [
    { name: '1 create a group', steps: [{ request: 'POST /Groups', body: group({ externalId: 'g-{{n}}' }), status: 201, expect: { id: '<text>', displayName: 'Group {{n}}', externalId: 'g-{{n}}', meta: { resourceType: 'Group' } } }, { request: 'POST /Groups', body: group(), status: 409, expect: { scimType: 'uniqueness' } }] },
    { name: '2 get a group without its members', steps: [givenGroup({ members: [{ value: '{{member}}' }] }), { request: 'GET /Groups/{{id}}?excludedAttributes=members', status: 200, expect: { id: '{{id}}', displayName: 'Group {{n}}', members: '<absent>' } }] },
    { name: '3 filter by displayName without members', steps: [givenGroup({ members: [{ value: '{{member}}' }] }), { request: 'GET /Groups?excludedAttributes=members&filter=displayName eq "Group {{n}}"', status: 200, expect: list({ id: '{{id}}', members: '<absent>' }) }, { request: 'GET /Groups?excludedAttributes=members&filter=displayName eq "No such group"', status: 200, expect: list() }] },
    { name: '4 change the displayName', steps: [givenGroup(), patchGroup({ op: 'replace', path: 'displayName', value: 'Renamed {{n}}' }), { request: 'GET /Groups?filter=displayName eq "renamed {{n}}"', status: 200, expect: list({ id: '{{id}}' }) }] },
    { name: '5 add a member', steps: [givenGroup(), patchGroup({ op: 'add', path: 'members', value: [{ value: '{{member}}' }] }), readGroup({ members: [{ value: '{{member}}' }] })] },
    { name: '6 remove a member', steps: [givenGroup({ members: [{ value: '{{member}}' }] }), patchGroup({ op: 'remove', path: 'members[value eq "{{member}}"]' }), { request: 'GET /Groups/{{id}}', status: 200, expect: { displayName: 'Group {{n}}' } }, { request: 'GET /Groups?filter=members.value eq "{{member}}" and id eq "{{id}}"', status: 200, expect: list() }] },
    { name: '7 delete a group', steps: [givenGroup(), { request: 'DELETE /Groups/{{id}}', status: 204 }, { request: 'GET /Groups/{{id}}', status: 404 }, { request: 'DELETE /Groups/{{id}}', status: 404 }] },
  ],
};
