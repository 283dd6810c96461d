import type { Case, Section } from '../case.ts';
import { LIST, one, patched, USER, user } from '../messages.ts';

const ROLE = 'urn:okta:scim:schemas:core:1.0:Role';
const ENTITLEMENT = 'urn:okta:scim:schemas:core:1.0:Entitlement';

const refused = (method: string, path: string, allow: string): Case =>
  one(`${method} ${path}`, `${method} ${path}`, 405, { header: { allow: `<like ^${allow}$>` } });

/** Okta's "Build a SCIM 2.0 server with entitlements": discovery, the endpoints, and users who have some. */
// biome-ignore format: one case a line
export const oktaEntitlements: Section = {
  name: 'Okta roles and entitlements',
  catalogue: [
    { kind: 'Role', id: 'role-2', displayName: 'Second Role' },
    { kind: 'Role', id: 'role-1', displayName: 'First Role', description: 'The first' },
    { kind: 'Entitlement', id: 'license:pro', displayName: 'Pro', type: 'License' },
  ],
  headers: { 'user-agent': 'OKTA SCIM Integration' },
  cases: [
    one('ResourceTypes names both', 'GET /ResourceTypes', 200, { expect: { totalResults: 4, Resources: { '<has>': [{ id: 'Role', name: 'Role', endpoint: '/Roles', description: '<text>', schema: ROLE, meta: { resourceType: 'ResourceType', location: '<like /ResourceTypes/Role$>' } }, { id: 'Entitlement', endpoint: '/Entitlements', schema: ENTITLEMENT }] } } }),
    one('Schemas has theirs', `GET /Schemas/${ENTITLEMENT}`, 200, { expect: { id: ENTITLEMENT, attributes: { '<has>': [{ name: 'displayName', required: true, mutability: 'readOnly' }] } } }),
    one("Okta's test of an endpoint", 'GET /Roles?count=1&startIndex=1', 200, { expect: { schemas: [LIST], totalResults: 2, itemsPerPage: 1, startIndex: 1, Resources: [{ schemas: [ROLE], id: 'role-1', displayName: 'First Role', description: 'The first' }] } }),
    one('the second page', 'GET /Roles?count=1&startIndex=2', 200, { expect: { totalResults: 2, Resources: [{ id: 'role-2', displayName: 'Second Role', description: '<absent>', type: '<absent>' }] } }),
    one('entitlements', 'GET /Entitlements', 200, { expect: { totalResults: 1, Resources: [{ schemas: [ENTITLEMENT], id: 'license:pro', type: 'License', displayName: 'Pro' }] } }),
    one('one by its id', 'GET /Entitlements/license:pro', 200, { expect: { id: 'license:pro', meta: { resourceType: 'Entitlement', location: '<like /Entitlements/license%3Apro$>' } }, header: { etag: '<like ^W/>' } }),
    one('one the client has', 'GET /Roles/role-1', 304, { headers: { 'if-none-match': '*' } }),
    one('one nobody has', 'GET /Roles/role-3', 404),
    one('filter', 'GET /Roles?filter=displayName sw "second"', 200, { expect: { totalResults: 1, Resources: [{ id: 'role-2' }] } }),
    one('filter that it cannot have', 'GET /Roles?filter=userName pr', 400, { expect: { scimType: 'invalidFilter' } }),
    one('sort, and attributes', 'GET /Roles?sortBy=displayName&sortOrder=descending&attributes=displayName', 200, { expect: { Resources: [{ id: 'role-2', meta: '<absent>' }, { id: 'role-1' }] } }),
    one('search', 'POST /Roles/.search', 200, { body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: 'id eq "role-1"' }, expect: { totalResults: 1 } }),
    one('HEAD of the list', 'HEAD /Roles', 200),
    one('HEAD of one', 'HEAD /Entitlements/license:pro', 200),
    refused('POST', '/Roles', 'GET, HEAD'),
    refused('DELETE', '/Entitlements', 'GET, HEAD'),
    refused('PUT', '/Roles/role-1', 'GET, HEAD'),
    refused('PATCH', '/Roles/role-1', 'GET, HEAD'),
    refused('DELETE', '/Entitlements/license:pro', 'GET, HEAD'),
    refused('GET', '/Roles/.search', 'POST'),
    one('the root lists users and groups alone', 'GET /?filter=displayName pr', 200, { expect: { totalResults: 0 } }),
    one('a user with both', 'POST /Users', 201, { body: user({ roles: [{ value: 'role-1', display: 'First Role' }], entitlements: [{ value: 'license:pro', display: 'Pro', type: 'License' }] }), expect: { schemas: [USER], roles: [{ value: 'role-1', display: 'First Role' }], entitlements: [{ value: 'license:pro', display: 'Pro', type: 'License' }] } }),
    one('found by a role', 'GET /Users?filter=roles eq "role-1"', 200, { expect: { totalResults: 1 } }),
    patched('another role', { roles: [{ value: 'role-1' }] }, [{ op: 'add', path: 'roles', value: [{ value: 'role-2' }] }], { roles: [{ value: 'role-1' }, { value: 'role-2' }] }),
    one('one that is not in the catalogue is kept too', 'POST /Users', 201, { body: user({ roles: [{ value: 'role-9' }] }), expect: { roles: [{ value: 'role-9' }] } }),
  ],
};
