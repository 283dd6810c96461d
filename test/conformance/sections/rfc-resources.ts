import type { Section } from '../case.ts';
import {
  aboutUser,
  ENTERPRISE,
  GROUP,
  givenGroup,
  givenUser,
  group,
  NOBODY,
  one,
  patchOp,
  USER,
  user,
} from '../messages.ts';

const everything = {
  externalId: 'X-{{n}}',
  name: {
    formatted: 'Ms. Barbara J Jensen, III',
    familyName: 'Jensen',
    givenName: 'Barbara',
    middleName: 'Jane',
    honorificPrefix: 'Ms.',
    honorificSuffix: 'III',
  },
  displayName: 'Babs Jensen',
  nickName: 'Babs',
  profileUrl: 'https://login.example.com/bjensen',
  emails: [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.example', type: 'home' },
  ],
  addresses: [
    {
      type: 'work',
      streetAddress: '100 Universal City Plaza',
      locality: 'Hollywood',
      region: 'CA',
      postalCode: '91608',
      country: 'US',
      formatted: '100 Universal City Plaza\nHollywood, CA 91608 US',
      primary: true,
    },
  ],
  phoneNumbers: [{ value: '555-555-5555', type: 'work' }],
  ims: [{ value: 'someaimhandle', type: 'aim' }],
  photos: [{ value: 'https://photos.example.com/F', type: 'photo' }],
  userType: 'Employee',
  title: 'Tour Guide',
  preferredLanguage: 'en-US',
  locale: 'en-US',
  timezone: 'America/Los_Angeles',
  roles: [{ value: 'admin' }],
  entitlements: [{ value: 'seat' }],
  x509Certificates: [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkG' }],
  [ENTERPRISE]: {
    employeeNumber: '701984',
    costCenter: '4130',
    organization: 'Universal Studios',
    division: 'Theme Park',
    department: 'Tour Operations',
    manager: { value: '26118915' },
  },
};
const created = (name: string, attributes: object, expect: object) =>
  one(name, 'POST /Users', 201, { body: user(attributes), expect });
const refused = (name: string, attributes: object, scimType: string, status = 400) =>
  one(name, 'POST /Users', status, { body: user(attributes), expect: { scimType } });

/** RFC 7644 §3.3, RFC 7643 §2 to §4. */
// biome-ignore format: one case a line
export const rfcCreate: Section = {
  name: 'RFC 7644 §3.3 create',
  cases: [
    one('201, a whole body, Location and ETag as in meta', 'POST /Users', 201, { body: user(everything), expect: { ...everything, schemas: { '<has>': [USER, ENTERPRISE] }, id: '<uuid>', meta: { resourceType: 'User', created: '<dateTime>', lastModified: '<dateTime>', location: '<like /scim/v2/Users/>', version: '<like ^W/>' } }, header: { location: '<like /scim/v2/Users/[-0-9a-f]+$>', etag: '<like ^W/">' } }),
    { name: 'Location is meta.location and leads to the user', steps: [givenUser(), { request: 'GET /Users/{{id}}', status: 200, expect: { meta: { location: '{{location}}' } } }] },
    { name: 'ETag is meta.version', steps: [{ request: 'POST /Users', body: user(), status: 201, keep: { tag: 'header:etag', id: 'id' } }, { request: 'GET /Users/{{id}}', status: 200, expect: { meta: { version: '{{tag}}' } }, header: { etag: '{{tag}}' } }] },
    { name: 'Location is on the header too', steps: [{ request: 'POST /Users', body: user(), status: 201, keep: { url: 'header:location', id: 'id' } }, { request: 'GET /Users/{{id}}', status: 200, expect: { meta: { location: '{{url}}' } } }] },
    created('only what is required', {}, { userName: 'u{{n}}@example.com', active: true, name: '<absent>', emails: '<absent>' }),
    created('active is true when it is not given', { active: null }, { active: true }),
    created('an inactive user', { active: false }, { active: false }),
    created('null is unassigned', { title: null, name: null }, { title: '<absent>', name: '<absent>' }),
    created('an empty list is unassigned', { emails: [] }, { emails: '<absent>' }),
    created('an id of the client is ignored', { id: 'mine' }, { id: '<uuid>' }),
    created('meta of the client is ignored', { meta: { resourceType: 'Group', created: '1999-01-01T00:00:00Z', version: 'W/"9"' } }, { meta: { resourceType: 'User', version: '<not W/"9">' } }),
    created('groups of the client are ignored', { groups: [{ value: NOBODY }] }, { groups: '<absent>' }),
    created('a password is taken and not returned', { password: 't1meMa$heen' }, { password: '<absent>' }),
    created('attribute names in any case', { TITLE: 'T', Name: { GIVENNAME: 'G' } }, { title: 'T', name: { givenName: 'G' } }),
    created('a schema URN in any case', { schemas: [USER.toUpperCase()] }, { schemas: [USER] }),
    created('an extension that is used is in schemas', { [ENTERPRISE]: { department: 'D' } }, { schemas: { '<same>': [USER, ENTERPRISE] }, [ENTERPRISE]: { department: 'D' } }),
    created('an extension that is not used is not in schemas', { schemas: [USER, ENTERPRISE] }, { schemas: [USER] }),
    created('text is kept as it came, letters beyond ASCII too', { displayName: 'Zoë Åström 张伟 🎉' }, { displayName: 'Zoë Åström 张伟 🎉' }),
    created('a value type that is not canonical', { emails: [{ value: 'a@example.com', type: 'spare' }] }, { emails: [{ value: 'a@example.com', type: 'spare' }] }),
    created('display of a value', { emails: [{ value: 'a@example.com', display: 'A' }] }, { emails: [{ value: 'a@example.com', display: 'A' }] }),
    created('two values that differ in type only', { emails: [{ value: 'a@example.com', type: 'work' }, { value: 'a@example.com', type: 'home' }] }, { emails: { '<count>': 2 } }),
    created('manager.displayName is read-only: ignored', { [ENTERPRISE]: { manager: { value: 'm', displayName: 'Boss' } } }, { [ENTERPRISE]: { manager: { value: 'm', displayName: '<absent>' } } }),
    refused('two primary values', { emails: [{ value: 'a@example.com', primary: true }, { value: 'b@example.com', primary: true }] }, 'invalidValue'),
    refused('no userName', { userName: null }, 'invalidValue'),
    refused('a blank userName', { userName: '  ' }, 'invalidValue'),
    refused('a userName that is no text', { userName: 7 }, 'invalidValue'),
    refused('a userName that is no email address', { userName: 'babs' }, 'invalidValue'),
    refused('a userName with an invisible character', { userName: 'ba\u200bbs@example.com' }, 'invalidValue'),
    refused('a NUL', { title: 'a\u0000b' }, 'invalidValue'),
    refused('a text where a complex value is meant', { name: 'Babs' }, 'invalidValue'),
    refused('a number where a text is meant', { title: 5 }, 'invalidValue'),
    refused('a list where one value is meant', { title: ['a'] }, 'invalidValue'),
    refused('active of 0', { active: 0 }, 'invalidValue'),
    refused('active of maybe', { active: 'maybe' }, 'invalidValue'),
    refused('primary of yes', { emails: [{ value: 'a@example.com', primary: 'yes' }] }, 'invalidValue'),
    refused('a certificate that is not base64', { x509Certificates: [{ value: '§§' }] }, 'invalidValue'),
    refused('an unknown attribute', { shoeSize: 43 }, 'invalidSyntax'),
    refused('an unknown sub-attribute', { name: { shoeSize: 43 } }, 'invalidSyntax'),
    refused('an extension nobody registered', { 'urn:example:2.0:Shoes': { size: 43 } }, 'invalidSyntax'),
    refused('the same attribute in two cases', { title: 'a', Title: 'b' }, 'invalidSyntax'),
    refused('schemas without the URN of users', { schemas: [GROUP] }, 'invalidSyntax'),
    refused('no schemas', { schemas: null }, 'invalidSyntax'),
    refused('schemas that is no list', { schemas: {} }, 'invalidSyntax'),
    refused('__proto__', { ['__proto__']: { admin: true }, constructor: {} }, 'invalidSyntax'),
    { name: 'the same userName: 409 uniqueness', steps: [givenUser(), { request: 'POST /Users', body: user(), status: 409, expect: { scimType: 'uniqueness' } }] },
    { name: 'the same userName in another case', steps: [givenUser(), { request: 'POST /Users', body: user({ userName: 'U{{n}}@Example.COM' }), status: 409, expect: { scimType: 'uniqueness' } }] },
    { name: 'the userName of an inactive user', steps: [givenUser({ active: false }), { request: 'POST /Users', body: user(), status: 409, expect: { scimType: 'uniqueness' } }] },
    { name: 'the same externalId is not unique', steps: [givenUser({ externalId: 'same' }), { request: 'POST /Users', body: user({ userName: 'other{{n}}@example.com', externalId: 'same' }), status: 201 }] },
    { name: 'the spelling of the userName is kept', steps: [givenUser({ userName: 'MixedCase{{n}}@Example.com' }), { request: 'GET /Users/{{id}}', status: 200, expect: { userName: 'MixedCase{{n}}@Example.com' } }] },
    { name: 'attributes on a create', steps: [{ request: 'POST /Users?attributes=userName', body: user(everything), status: 201, expect: { '<only>': { schemas: '<present>', id: '<uuid>', userName: 'u{{n}}@example.com' } } }] },
    { name: 'excludedAttributes on a create', steps: [{ request: 'POST /Users?excludedAttributes=emails,name', body: user(everything), status: 201, expect: { emails: '<absent>', name: '<absent>', title: 'Tour Guide' } }] },
  ],
};

/** RFC 7644 §3.5.1. */
// biome-ignore format: one case a line
export const rfcReplace: Section = {
  name: 'RFC 7644 §3.5.1 replace',
  cases: [
    aboutUser('200 with the new whole', { title: 'Old', nickName: 'N' }, 'PUT /Users/{{id}}', 200, { body: user({ title: 'New' }), expect: { id: '{{id}}', title: 'New', meta: { location: '{{location}}', version: '<not {{version}}>' } }, header: { etag: '<not {{version}}>' } }),
    aboutUser('what is left out is cleared', { title: 'Old', nickName: 'N', emails: [{ value: 'a@example.com' }] }, 'PUT /Users/{{id}}', 200, { body: user(), expect: { title: '<absent>', nickName: '<absent>', emails: '<absent>' } }),
    aboutUser('an extension that is left out is cleared', { [ENTERPRISE]: { department: 'D' } }, 'PUT /Users/{{id}}', 200, { body: user(), expect: { schemas: [USER], [ENTERPRISE]: '<absent>' } }),
    aboutUser('null clears', { title: 'Old' }, 'PUT /Users/{{id}}', 200, { body: user({ title: null }), expect: { title: '<absent>' } }),
    aboutUser('id, meta and groups sent back are ignored', {}, 'PUT /Users/{{id}}', 200, { body: user({ id: NOBODY, meta: { created: '1999-01-01T00:00:00Z', version: 'W/"77"' }, groups: [{ value: NOBODY }] }), expect: { id: '{{id}}', groups: '<absent>' } }),
    aboutUser('a body whose id differs: the URL wins', {}, 'PUT /Users/{{id}}', 200, { body: user({ id: NOBODY, title: 'T' }), expect: { id: '{{id}}', title: 'T' } }),
    aboutUser('the userName can change', {}, 'PUT /Users/{{id}}', 200, { body: user({ userName: 'new{{n}}@example.com' }), expect: { userName: 'new{{n}}@example.com' } }),
    aboutUser('the case of the userName can change', {}, 'PUT /Users/{{id}}', 200, { body: user({ userName: 'U{{n}}@EXAMPLE.com' }), expect: { userName: 'U{{n}}@EXAMPLE.com' } }),
    aboutUser('active left out is active', { active: false }, 'PUT /Users/{{id}}', 200, { body: user({ active: null }), expect: { active: true } }),
    { name: 'the same again changes no version and no lastModified', steps: [givenUser({ title: 'T', name: { givenName: 'G' }, emails: [{ value: 'a@example.com', primary: true }] }), { request: 'PUT /Users/{{id}}', body: user({ emails: [{ primary: true, value: 'a@example.com' }], name: { givenName: 'G' }, title: 'T' }), status: 200, expect: { meta: { version: '{{version}}', lastModified: '{{lastModified}}' } } }] },
    { name: 'what was read, put back, changes nothing', steps: [givenUser({ title: 'T', [ENTERPRISE]: { department: 'D' } }), { request: 'PUT /Users/{{id}}', body: user({ id: '{{id}}', title: 'T', [ENTERPRISE]: { department: 'D' }, groups: [], meta: { version: '{{version}}' } }), status: 200, expect: { meta: { version: '{{version}}' } } }] },
    { name: 'created stays', steps: [{ request: 'POST /Users', body: user(), status: 201, keep: { id: 'id', created: 'meta.created' } }, { request: 'PUT /Users/{{id}}', body: user({ title: 'T' }), status: 200, expect: { meta: { created: '{{created}}' } } }] },
    one('PUT never creates', `PUT /Users/${NOBODY}`, 404, { body: user() }),
    one('an id that is no id of ours', 'PUT /Users/2819c223', 404, { body: user() }),
    aboutUser('no userName', {}, 'PUT /Users/{{id}}', 400, { body: { schemas: [USER], title: 'T' }, expect: { scimType: 'invalidValue' } }),
    aboutUser('no schemas', {}, 'PUT /Users/{{id}}', 400, { body: { userName: 'x@example.com' }, expect: { scimType: 'invalidSyntax' } }),
    { name: 'a userName that is taken', steps: [givenUser(), { request: 'POST /Users', body: user({ userName: 'taken{{n}}@example.com' }), status: 201 }, { request: 'PUT /Users/{{id}}', body: user({ userName: 'TAKEN{{n}}@example.com' }), status: 409, expect: { scimType: 'uniqueness' } }, { request: 'GET /Users/{{id}}', status: 200, expect: { userName: 'u{{n}}@example.com', meta: { version: '{{version}}' } } }] },
    aboutUser('attributes on a replace', { title: 'T' }, 'PUT /Users/{{id}}?attributes=title', 200, { body: user({ title: 'N' }), expect: { '<only>': { schemas: '<present>', id: '{{id}}', title: 'N' } } }),
    aboutUser('a PUT deactivates', {}, 'PUT /Users/{{id}}', 200, { body: user({ active: false }), expect: { active: false } }),
  ],
};

/** RFC 7644 §3.6. */
// biome-ignore format: one case a line
export const rfcDelete: Section = {
  name: 'RFC 7644 §3.6 delete',
  cases: [
    aboutUser('204 without a body', {}, 'DELETE /Users/{{id}}', 204),
    { name: 'then 404 on every verb', steps: [givenUser(), { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'GET /Users/{{id}}', status: 404 }, { request: 'PUT /Users/{{id}}', body: user(), status: 404 }, { request: 'PATCH /Users/{{id}}', body: patchOp({ op: 'replace', path: 'title', value: 'T' }), status: 404 }, { request: 'DELETE /Users/{{id}}', status: 404 }] },
    { name: 'not in lists any more', steps: [givenUser(), { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'GET /Users?filter=userName eq "u{{n}}@example.com"', status: 200, expect: { totalResults: 0 } }, { request: 'GET /Users?filter=id eq "{{id}}"', status: 200, expect: { totalResults: 0 } }] },
    { name: 'the userName can be used again', steps: [givenUser(), { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'POST /Users', body: user(), status: 201, expect: { id: '<not {{id}}>' } }] },
    { name: 'not in its groups any more', steps: [givenUser(), { request: 'POST /Groups', body: group({ members: [{ value: '{{id}}' }] }), status: 201, keep: { g: 'id' } }, { request: 'DELETE /Users/{{id}}', status: 204 }, { request: 'GET /Groups/{{g}}', status: 200, expect: { members: '<absent>' } }] },
    { name: 'the name of a group can be used again', steps: [givenGroup(), { request: 'DELETE /Groups/{{id}}', status: 204 }, { request: 'POST /Groups', body: group(), status: 201, expect: { id: '<not {{id}}>' } }] },
    { name: 'a group that is gone leaves its members', steps: [givenUser(), { request: 'POST /Groups', body: group({ members: [{ value: '{{id}}' }] }), status: 201, keep: { g: 'id' } }, { request: 'DELETE /Groups/{{g}}', status: 204 }, { request: 'GET /Users/{{id}}', status: 200, expect: { groups: '<absent>' } }] },
    one('an id that nobody has', `DELETE /Users/${NOBODY}`, 404),
    one('an id that is no id', 'DELETE /Groups/x', 404),
  ],
};

/** RFC 7644 §3.14, RFC 9110 §13. */
// biome-ignore format: one case a line
export const rfcVersions: Section = {
  name: 'RFC 7644 §3.14 versions',
  cases: [
    aboutUser('If-None-Match of this version: 304', {}, 'GET /Users/{{id}}', 304, { headers: { 'if-none-match': '{{version}}' }, header: { etag: '{{version}}' } }),
    aboutUser('If-None-Match of another version', {}, 'GET /Users/{{id}}', 200, { headers: { 'if-none-match': 'W/"999"' } }),
    aboutUser('If-None-Match in a list', {}, 'GET /Users/{{id}}', 304, { headers: { 'if-none-match': 'W/"999", {{version}}' } }),
    aboutUser('If-None-Match *', {}, 'GET /Users/{{id}}', 304, { headers: { 'if-none-match': '*' } }),
    aboutUser('If-Match of this version on a PUT', {}, 'PUT /Users/{{id}}', 200, { headers: { 'if-match': '{{version}}' }, body: user({ title: 'T' }) }),
    aboutUser('If-Match of another version on a PUT', {}, 'PUT /Users/{{id}}', 412, { headers: { 'if-match': 'W/"999"' }, body: user({ title: 'T' }) }),
    aboutUser('If-Match of this version on a PATCH', {}, 'PATCH /Users/{{id}}', 200, { headers: { 'if-match': '{{version}}' }, body: patchOp({ op: 'add', path: 'title', value: 'T' }) }),
    aboutUser('If-Match of another version on a PATCH', {}, 'PATCH /Users/{{id}}', 412, { headers: { 'if-match': 'W/"999"' }, body: patchOp({ op: 'add', path: 'title', value: 'T' }) }),
    aboutUser('If-Match of this version on a DELETE', {}, 'DELETE /Users/{{id}}', 204, { headers: { 'if-match': '{{version}}' } }),
    aboutUser('If-Match of another version on a DELETE', {}, 'DELETE /Users/{{id}}', 412, { headers: { 'if-match': 'W/"999"' } }),
    aboutUser('If-Match *', {}, 'PUT /Users/{{id}}', 200, { headers: { 'if-match': '*' }, body: user({ title: 'T' }) }),
    aboutUser('If-Match that is no tag', {}, 'PUT /Users/{{id}}', 412, { headers: { 'if-match': 'nonsense' }, body: user({ title: 'T' }) }),
    one('If-Match of what is not there', `PUT /Users/${NOBODY}`, 404, { headers: { 'if-match': '*' }, body: user() }),
    { name: 'an old version after a change: nothing is lost', steps: [givenUser(), { request: 'PUT /Users/{{id}}', body: user({ title: 'A' }), status: 200 }, { request: 'PUT /Users/{{id}}', body: user({ title: 'B' }), headers: { 'if-match': '{{version}}' }, status: 412 }, { request: 'GET /Users/{{id}}', status: 200, expect: { title: 'A' } }] },
    { name: 'every change has a new version', steps: [givenUser(), { request: 'PATCH /Users/{{id}}', body: patchOp({ op: 'add', path: 'title', value: 'T' }), status: 200, expect: { meta: { version: '<not {{version}}>' } }, header: { etag: '<not {{version}}>' } }] },
    { name: 'groups: If-None-Match', steps: [givenGroup(), { request: 'GET /Groups/{{id}}', headers: { 'if-none-match': '{{version}}' }, status: 304 }] },
    { name: 'groups: If-Match on a PATCH', steps: [givenGroup(), { request: 'PATCH /Groups/{{id}}', body: patchOp({ op: 'replace', path: 'displayName', value: 'New {{n}}' }), headers: { 'if-match': 'W/"999"' }, status: 412 }, { request: 'PATCH /Groups/{{id}}', body: patchOp({ op: 'replace', path: 'displayName', value: 'New {{n}}' }), headers: { 'if-match': '{{version}}' }, status: 204, header: { etag: '<not {{version}}>' } }] },
    { name: 'groups: If-Match on PUT and DELETE', steps: [givenGroup(), { request: 'PUT /Groups/{{id}}', body: group({ externalId: 'e' }), headers: { 'if-match': 'W/"999"' }, status: 412 }, { request: 'DELETE /Groups/{{id}}', headers: { 'if-match': 'W/"999"' }, status: 412 }, { request: 'DELETE /Groups/{{id}}', headers: { 'if-match': '{{version}}' }, status: 204 }] },
    { name: 'groups: the ETag of a 204 is the version that is read', steps: [givenGroup(), { request: 'PATCH /Groups/{{id}}', body: patchOp({ op: 'replace', path: 'displayName', value: 'New {{n}}' }), status: 204, keep: { tag: 'header:etag' } }, { request: 'GET /Groups/{{id}}', status: 200, expect: { meta: { version: '{{tag}}' } } }] },
    { name: 'resources of a list carry their versions', steps: [givenUser(), { request: 'GET /Users?filter=userName eq "u{{n}}@example.com"', status: 200, expect: { Resources: [{ meta: { version: '{{version}}' } }] } }] },
  ],
};
