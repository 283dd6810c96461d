import type { Case, Section } from '../case.ts';
import { ENTERPRISE, GROUP, givenUser, group, LIST, NOBODY, one, patchOp, USER, user } from '../messages.ts';

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const ANSWER = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const search = (name: string, path: string, body: object, expect: object): Case =>
  one(name, `POST ${path}`, 200, { body: { schemas: [SEARCH], ...body }, expect: { schemas: [LIST], ...expect } });

/** RFC 7644 §3.4.3 and §3.4.2.1. */
// biome-ignore format: one case a line
export const rfcSearch: Section = {
  name: 'RFC 7644 §3.4.3 .search and the root',
  before: [
    { request: 'POST /Users', body: user({ userName: 'a@example.com', title: 'T', displayName: 'Alpha' }), status: 201, keep: { a: 'id' } },
    { request: 'POST /Users', body: user({ userName: 'b@example.com' }), status: 201, keep: { b: 'id' } },
    { request: 'POST /Groups', body: group({ displayName: 'Alpha', members: [{ value: '{{a}}' }] }), status: 201, keep: { g: 'id' } },
  ],
  cases: [
    search('users', '/Users/.search', {}, { totalResults: 2, startIndex: 1, itemsPerPage: 2 }),
    search('users by a filter', '/Users/.search', { filter: 'title pr' }, { totalResults: 1, Resources: [{ id: '{{a}}' }] }),
    search('users by a page', '/Users/.search', { startIndex: 2, count: 1 }, { totalResults: 2, startIndex: 2, itemsPerPage: 1, Resources: [{ id: '{{b}}' }] }),
    search('users, some attributes', '/Users/.search', { attributes: ['userName'], filter: 'title pr' }, { Resources: [{ '<only>': { schemas: '<present>', id: '{{a}}', userName: 'a@example.com' } }] }),
    search('users, some attributes excluded', '/Users/.search', { excludedAttributes: ['title'], filter: 'title pr' }, { Resources: [{ title: '<absent>', userName: 'a@example.com' }] }),
    search('users, count 0', '/Users/.search', { count: 0 }, { totalResults: 2, Resources: [] }),
    search('groups', '/Groups/.search', { excludedAttributes: ['members'] }, { totalResults: 1, Resources: [{ id: '{{g}}', members: '<absent>' }] }),
    one('a wrong filter', 'POST /Users/.search', 400, { body: { schemas: [SEARCH], filter: 'title' }, expect: { scimType: 'invalidFilter' } }),
    one('without its schema', 'POST /Users/.search', 400, { body: { filter: 'title pr' }, expect: { scimType: 'invalidSyntax' } }),
    search('everything, on the root', '/.search', {}, { totalResults: 3 }),
    search('by an attribute that both types have', '/.search', { filter: 'displayName eq "alpha"' }, { totalResults: 2, Resources: { '<same>': [{ id: '{{a}}', meta: { resourceType: 'User' } }, { id: '{{g}}', meta: { resourceType: 'Group' } }] } }),
    one('GET on the root', 'GET /', 200, { expect: { schemas: [LIST], totalResults: 3 } }),
    one('GET on the root by a filter', 'GET /?filter=displayName eq "alpha"', 200, { expect: { totalResults: 2 } }),
    one('GET on the root by a page', 'GET /?startIndex=2&count=1', 200, { expect: { totalResults: 3, startIndex: 2, itemsPerPage: 1 } }),
    search('one type on the root', '/.search', { filter: 'meta.resourceType eq "Group"' }, { totalResults: 1, Resources: [{ id: '{{g}}' }] }),
    one('GET on the root, one type', 'GET /?filter=meta.resourceType eq "User"', 200, { expect: { totalResults: 2 } }),
  ],
};

const bulk = (name: string, operations: readonly object[], expect: readonly object[], more: object = {}): Case => ({
  name,
  steps: [
    {
      request: 'POST /Bulk',
      body: { schemas: [BULK], ...more, Operations: operations },
      status: 200,
      expect: { schemas: [ANSWER], Operations: expect },
    },
  ],
});
const make = (bulkId: string, data: object = user({ userName: `${bulkId}-{{n}}@example.com` })) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data,
});
const bad = { method: 'POST', path: '/Users', bulkId: 'bad', data: { schemas: [USER] } };
const failed = (status: string) => ({
  status,
  response: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status, detail: '<text>' },
});

/** RFC 7644 §3.7. */
// biome-ignore format: one case a line
export const rfcBulk: Section = {
  name: 'RFC 7644 §3.7 Bulk',
  cases: [
    bulk('a create', [make('a')], [{ method: 'POST', bulkId: 'a', status: '201', location: '<like /Users/>', version: '<like ^W/>' }]),
    bulk('two creates', [make('a'), make('b')], [{ bulkId: 'a', status: '201' }, { bulkId: 'b', status: '201' }]),
    bulk('a failure does not stop the others', [bad, make('a')], [{ bulkId: 'bad', ...failed('400') }, { bulkId: 'a', status: '201' }]),
    bulk('failOnErrors 1 stops after the first', [bad, make('a')], [{ bulkId: 'bad', ...failed('400') }], { failOnErrors: 1 }),
    bulk('a group of a user made in the same request', [make('a'), { method: 'POST', path: '/Groups', bulkId: 'g', data: group({ members: [{ value: 'bulkId:a' }] }) }], [{ bulkId: 'a', status: '201' }, { bulkId: 'g', status: '201' }]),
    bulk('a reference forward', [{ method: 'POST', path: '/Groups', bulkId: 'g', data: group({ members: [{ value: 'bulkId:a' }] }) }, make('a')], [{ bulkId: 'g', status: '201' }, { bulkId: 'a', status: '201' }]),
    bulk('a reference in a path', [make('a'), { method: 'PATCH', path: '/Users/bulkId:a', data: patchOp({ op: 'add', path: 'title', value: 'T' }) }], [{ status: '201' }, { method: 'PATCH', status: '200' }]),
    bulk('two people who are each other\'s manager', [make('a', user({ userName: 'a-{{n}}@example.com', schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager: { value: 'bulkId:b' } } })), make('b', user({ userName: 'b-{{n}}@example.com', schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager: { value: 'bulkId:a' } } }))], [{ bulkId: 'a', status: '201' }, { bulkId: 'b', status: '201' }]),
    bulk('a reference to nothing', [{ method: 'POST', path: '/Groups', bulkId: 'g', data: group({ members: [{ value: 'bulkId:nobody' }] }) }], [{ bulkId: 'g', status: '<like ^4>' }]),
    { name: 'a replace, a patch and a delete', steps: [givenUser(), { request: 'POST /Bulk', body: { schemas: [BULK], Operations: [{ method: 'PUT', path: '/Users/{{id}}', data: user({ title: 'A' }) }, { method: 'PATCH', path: '/Users/{{id}}', data: patchOp({ op: 'replace', path: 'title', value: 'B' }) }, { method: 'DELETE', path: '/Users/{{id}}' }] }, status: 200, expect: { Operations: [{ status: '200' }, { status: '200' }, { status: '204' }] } }, { request: 'GET /Users/{{id}}', status: 404 }] },
    { name: 'the version of an operation', steps: [givenUser(), { request: 'POST /Bulk', body: { schemas: [BULK], Operations: [{ method: 'PUT', path: '/Users/{{id}}', version: 'W/"999"', data: user() }] }, status: 200, expect: { Operations: [{ ...failed('412') }] } }] },
    bulk('a delete of nobody', [{ method: 'DELETE', path: `/Users/${NOBODY}` }], [{ method: 'DELETE', ...failed('404') }]),
    bulk('a duplicate', [make('a'), make('b', user({ userName: 'a-{{n}}@example.com' }))], [{ status: '201' }, { bulkId: 'b', ...failed('409') }]),
    bulk('methods in any case', [{ ...make('a'), method: 'post' }], [{ status: '201' }]),
    one('without its schema', 'POST /Bulk', 400, { body: { Operations: [make('a')] }, expect: { scimType: 'invalidSyntax' } }),
    one('without operations', 'POST /Bulk', 400, { body: { schemas: [BULK] }, expect: { scimType: 'invalidSyntax' } }),
    one('too many operations: 413 that names the limit', 'POST /Bulk', 413, { body: { schemas: [BULK], Operations: Array.from({ length: 1_001 }, (_, index) => ({ method: 'DELETE', path: `/Users/${index}` })) }, expect: { detail: '<like 1,?000>' } }),
    one('Bulk is announced with its limits', 'GET /ServiceProviderConfig', 200, { expect: { bulk: { supported: true, maxOperations: '<integer>', maxPayloadSize: '<integer>' } } }),
    bulk('a group by its schema', [{ method: 'POST', path: '/Groups', bulkId: 'g', data: { schemas: [GROUP], displayName: 'Bulk {{n}}' } }], [{ bulkId: 'g', status: '201', location: '<like /Groups/>' }]),
  ],
};
