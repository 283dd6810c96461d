import type { Case, Section } from '../case.ts';
import { ENTERPRISE, GROUP, givenUser, group, LIST, NOBODY, one, patchOp, USER, user } from '../messages.ts';
import { HR } from './tenant-schemas.ts';

const attribute = (name: string, more: object = {}) => ({
  name,
  type: '<text>',
  multiValued: '<boolean>',
  description: '<text>',
  required: '<boolean>',
  mutability: '<text>',
  returned: '<text>',
  uniqueness: '<text>',
  ...more,
});

/** RFC 7644 §4, RFC 7643 §5 to §7. */
// biome-ignore format: one case a line
export const rfcDiscovery: Section = {
  name: 'RFC 7644 §4 discovery',
  cases: [
    one('ServiceProviderConfig', 'GET /ServiceProviderConfig', 200, { expect: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'], patch: { supported: true }, bulk: { supported: '<boolean>', maxOperations: '<integer>', maxPayloadSize: '<integer>' }, filter: { supported: true, maxResults: '<integer>' }, changePassword: { supported: false }, sort: { supported: '<boolean>' }, etag: { supported: true }, authenticationSchemes: { '<has>': [{ type: 'httpbasic', name: '<text>', description: '<text>' }, { type: 'oauthbearertoken' }] }, meta: { resourceType: 'ServiceProviderConfig', location: '<like /ServiceProviderConfig$>' } } }),
    one('ResourceTypes is a list', 'GET /ResourceTypes', 200, { expect: { schemas: [LIST], totalResults: '<integer>', Resources: { '<has>': [{ id: 'User', endpoint: '/Users' }, { id: 'Group', endpoint: '/Groups' }] } } }),
    one('a resource type', 'GET /ResourceTypes/User', 200, { expect: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'], id: 'User', name: 'User', endpoint: '/Users', schema: USER, schemaExtensions: { '<has>': [{ schema: ENTERPRISE, required: false }] }, meta: { resourceType: 'ResourceType', location: '<like /ResourceTypes/User$>' } } }),
    one('the resource type of groups', 'GET /ResourceTypes/Group', 200, { expect: { endpoint: '/Groups', schema: GROUP } }),
    one('an unknown resource type', 'GET /ResourceTypes/Shoe', 404),
    one('Schemas is a list', 'GET /Schemas', 200, { expect: { schemas: [LIST], totalResults: '<integer>', itemsPerPage: '<integer>', startIndex: 1, Resources: { '<has>': [{ id: USER }, { id: GROUP }, { id: ENTERPRISE }] } } }),
    one('the schema of users', `GET /Schemas/${USER}`, 200, { expect: { id: USER, name: 'User', description: '<text>', attributes: { '<has>': [attribute('userName', { type: 'string', required: true, caseExact: false, uniqueness: 'server', returned: 'default', mutability: 'readWrite' }), attribute('password', { mutability: 'writeOnly', returned: 'never' }), attribute('groups', { mutability: 'readOnly', multiValued: true }), attribute('emails', { type: 'complex', subAttributes: { '<has>': [attribute('value'), attribute('primary', { type: 'boolean' })] } })] }, meta: { resourceType: 'Schema', location: `<like /Schemas/urn:>` } } }),
    one('the schema of groups', `GET /Schemas/${GROUP}`, 200, { expect: { id: GROUP, attributes: { '<has>': [attribute('displayName', { required: true }), attribute('members', { multiValued: true, subAttributes: { '<has>': [attribute('value', { mutability: 'immutable' }), attribute('$ref', { type: 'reference', referenceTypes: ['User', 'Group'] })] } })] } } }),
    one('the enterprise schema', `GET /Schemas/${ENTERPRISE}`, 200, { expect: { id: ENTERPRISE, attributes: { '<has>': [attribute('employeeNumber'), attribute('manager', { type: 'complex' })] } } }),
    one('a schema, its URN in another case', `GET /Schemas/${USER.toLowerCase()}`, 200, { expect: { id: USER } }),
    one('an unknown schema', 'GET /Schemas/urn:example:2.0:Shoes', 404),
    one('a schema that only another tenant has defined', `GET /Schemas/${HR}`, 404),
    one('roles where the tenant offers none', 'GET /Roles', 404),
    one('their resource type neither', 'GET /ResourceTypes/Role', 404),
    one('ServiceProviderConfig cannot be filtered', 'GET /ServiceProviderConfig?filter=patch.supported eq true', 403),
    one('ResourceTypes cannot be filtered', 'GET /ResourceTypes?filter=name eq "User"', 403),
    one('Schemas cannot be filtered', 'GET /Schemas?filter=name eq "User"', 403),
    one('other parameters are ignored there', 'GET /Schemas?startIndex=1&count=1', 200, { expect: { totalResults: '<integer>' } }),
    one('discovery needs credentials too', 'GET /Schemas', 401, { headers: { authorization: null } }),
  ],
};

/** A connection for users only: its groups do not exist. */
// biome-ignore format: one case a line
export const usersOnly: Section = {
  name: 'A connection for users only',
  scope: 'users',
  cases: [
    one('no resource type of groups', 'GET /ResourceTypes', 200, { expect: { totalResults: 1, Resources: [{ id: 'User' }] } }),
    one('not singly either', 'GET /ResourceTypes/Group', 404),
    one('no schema of groups', `GET /Schemas/${GROUP}`, 404),
    one('Groups: 403 that names the switch', 'GET /Groups', 403, { expect: { detail: '<like scope>' } }),
    one('a push of a group: 403', 'POST /Groups', 403, { body: group() }),
    one('users as ever', 'POST /Users', 201, { body: user() }),
  ],
};

const json = (body: string, status: number, scimType: unknown = 'invalidSyntax') => ({
  status,
  body,
  expect: { scimType },
});
const posted = (name: string, body: string, status = 400, scimType: unknown = 'invalidSyntax'): Case => ({
  name,
  steps: [{ request: 'POST /Users', ...json(body, status, scimType) }],
});
const typed = (name: string, contentType: string | null, status: number): Case =>
  one(name, 'POST /Users', status, { headers: { 'content-type': contentType }, body: user() });

/** RFC 7644 §3.1, §3.8, §3.12: messages, media types, errors. */
// biome-ignore format: one case a line
export const rfcMessages: Section = {
  name: 'RFC 7644 §3.1 and §3.12 messages and errors',
  cases: [
    typed('application/scim+json', 'application/scim+json', 201),
    typed('application/json', 'application/json', 201),
    typed('with a charset', 'application/scim+json; charset=UTF-8', 201),
    typed('in another case', 'Application/SCIM+JSON', 201),
    typed('another charset', 'application/scim+json; charset=iso-8859-1', 415),
    typed('text/plain', 'text/plain', 415),
    typed('a form', 'application/x-www-form-urlencoded', 415),
    one('Accept of plain JSON', 'GET /Users', 200, { headers: { accept: 'application/json' } }),
    one('Accept of anything', 'GET /Users', 200, { headers: { accept: '*/*' } }),
    one('a request id of the client comes back', 'GET /Users', 200, { headers: { 'x-request-id': 'mine-42' }, header: { 'x-request-id': 'mine-42' } }),
    posted('no JSON', '{"schemas":'),
    posted('an empty body', ' '),
    posted('a list', '[]'),
    posted('a text', '"user"'),
    posted('null', 'null'),
    posted('a number out of range', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":1e400}', 400, '<text>'),
    posted('NaN', '{"userName":NaN}'),
    posted('a comma too many', '{"userName":"x@example.com",}'),
    posted('nested deeper than anything', '['.repeat(200_000)),
    posted('__proto__ as a key', '{"__proto__":{"admin":true}}'),
    posted('constructor as a key', `{"schemas":["${USER}"],"userName":"x@example.com","constructor":{"prototype":{}}}`),
    posted('a lone surrogate', `{"schemas":["${USER}"],"userName":"x@example.com","title":"\\ud800"}`, 400, 'invalidValue'),
    { name: 'a byte order mark is accepted', steps: [{ request: 'POST /Users', body: `\ufeff{"schemas":["${USER}"],"userName":"bom@example.com"}`, status: 201 }] },
    one('an unknown path', 'GET /Shoes', 404),
    one('below a resource', `GET /Users/${NOBODY}/shoes`, 404),
    one('an id that nobody has', `GET /Users/${NOBODY}`, 404, { expect: { status: '404', scimType: '<absent>' } }),
    one('an id with a slash in it', 'GET /Users/a%b', [400, 404]),
    one('no credentials: 401 and how to', 'GET /Users', 401, { headers: { authorization: null }, header: { 'www-authenticate': '<like Basic>' } }),
    one('credentials before all else', 'POST /Users', 401, { headers: { authorization: null }, body: '{' }),
    one('Bearer credentials', 'GET /Users', 401, { headers: { authorization: 'Bearer nonsense' } }),
    { name: 'the detail of a duplicate tells what to do', steps: [givenUser(), { request: 'POST /Users', body: user(), status: 409, expect: { status: '409', scimType: 'uniqueness', detail: '<like filter>' } }] },
    one('the detail of a userName that is no email tells where to mend it', 'POST /Users', 400, { body: user({ userName: 'ada' }), expect: { detail: '<like Application username format>' } }),
    one('a body over 10 MB', 'POST /Users', 413, { body: `"${'x'.repeat(10_500_000)}"`, expect: { detail: '<like 10 MB>' } }),
    one('a body packed with gzip', 'POST /Users', 201, { gzip: true, body: user({ userName: 'gzip@example.com' }), expect: { userName: 'gzip@example.com' } }),
    one('a small gzip body that is large: 413', 'POST /Users', 413, { gzip: true, body: `"${'x'.repeat(10_500_000)}"`, expect: { detail: '<like 10 MB>' } }),
    one('a gzip body that is none', 'POST /Users', 400, { headers: { 'content-encoding': 'gzip' }, body: user(), expect: { scimType: 'invalidSyntax' } }),
    one('another packing', 'POST /Users', 415, { headers: { 'content-encoding': 'br' }, body: user() }),
    one('a URL of 17 kB', `GET /Users?filter=${'x'.repeat(17_000)}`, 414),
    posted('a key that stands twice', `{"schemas":["${USER}"],"userName":"a@example.com","userName":"b@example.com"}`),
    posted('a key that stands twice, deeper', `{"schemas":["${USER}"],"userName":"dup@example.com","name":{"givenName":"a","givenName":"b"}}`),
    posted('a key that stands twice, written with an escape', `{"schemas":["${USER}"],"userName":"a@example.com","user\\u004eame":"b@example.com"}`),
  ],
};

const allowed = (method: string, path: string, allow: string): Case =>
  one(`${method} ${path}`, `${method} ${path}`, 405, { header: { allow: `<like ${allow}>` } });
const head = (path: string, status = 200): Case => one(`HEAD ${path}`, `HEAD ${path}`, status);

/** RFC 9110 §9.3.2, §15.5.6; RFC 7644 §3.11. */
// biome-ignore format: one case a line
export const rfcMethods: Section = {
  name: 'RFC 9110 methods',
  before: [{ request: 'POST /Users', body: user({ userName: 'm@example.com' }), status: 201, keep: { id: 'id' } }],
  cases: [
    head('/Users'),
    head('/Groups'),
    head('/Schemas'),
    head('/ResourceTypes'),
    head('/ServiceProviderConfig'),
    one('HEAD of a user: its ETag', 'HEAD /Users/{{id}}', 200, { header: { etag: '<like ^W/>' } }),
    one('HEAD of a version the client has', 'HEAD /Users/{{id}}', 304, { headers: { 'if-none-match': '*' } }),
    head(`/Users/${NOBODY}`, 404),
    allowed('DELETE', '/Users', 'GET.*POST'),
    allowed('PUT', '/Users', 'GET.*POST'),
    allowed('PATCH', '/Groups', 'GET.*POST'),
    allowed('POST', `/Users/${NOBODY}`, 'GET.*PUT.*PATCH.*DELETE'),
    allowed('POST', '/Schemas', 'GET'),
    allowed('DELETE', '/ServiceProviderConfig', 'GET'),
    allowed('PUT', '/ResourceTypes/User', 'GET'),
    allowed('PATCH', `/Schemas/${USER}`, 'GET'),
    allowed('OPTIONS', '/Users', 'GET'),
    allowed('GET', '/Bulk', 'POST'),
    allowed('GET', '/.search', 'POST'),
  ],
};

const me = (method: string, body?: object): Case => one(`${method} /Me`, `${method} /Me`, 501, body ? { body } : {});

/** RFC 7644 §3.11. */
export const rfcMe: Section = {
  name: 'RFC 7644 §3.11 /Me',
  cases: [me('GET'), me('PUT', user()), me('PATCH', patchOp({ op: 'add', path: 'title', value: 'T' })), me('DELETE')],
};
