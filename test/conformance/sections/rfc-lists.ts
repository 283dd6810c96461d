import type { Case, Section } from '../case.ts';
import { ENTERPRISE, GROUP, LIST, NOBODY, one, USER, user } from '../messages.ts';

const people = Array.from({ length: 5 }, (_, index) => ({
  request: 'POST /Users',
  body: user({ userName: `p${index + 1}@example.com`, title: `T${5 - index}` }),
  status: 201,
}));
const page = (name: string, query: string, total: number, startIndex: number, ...names: number[]): Case =>
  one(name, `GET /Users?${query}`, 200, {
    expect: {
      '<only>': {
        schemas: [LIST],
        totalResults: total,
        startIndex,
        itemsPerPage: names.length,
        Resources: names.map((name) => ({ userName: `p${name}@example.com` })),
      },
    },
  });
const refused = (name: string, query: string): Case =>
  one(name, `GET /Users?${query}`, 400, { expect: { scimType: 'invalidValue' } });

/** RFC 7644 §3.4.2, §3.4.2.4. */
// biome-ignore format: one case a line
export const rfcPaging: Section = {
  name: 'RFC 7644 §3.4.2.4 lists and pages',
  before: people,
  cases: [
    page('without parameters: everything, from 1', '', 5, 1, 1, 2, 3, 4, 5),
    page('the first page', 'startIndex=1&count=2', 5, 1, 1, 2),
    page('the second page', 'startIndex=3&count=2', 5, 3, 3, 4),
    page('the last page is shorter', 'startIndex=5&count=2', 5, 5, 5),
    page('beyond the end: nothing, and the total', 'startIndex=6&count=2', 5, 6),
    page('far beyond the end', 'startIndex=1000000&count=2', 5, 1_000_000),
    page('startIndex 0 is 1', 'startIndex=0&count=2', 5, 1, 1, 2),
    page('startIndex below 0 is 1', 'startIndex=-7&count=1', 5, 1, 1),
    page('count 0: the total alone', 'count=0', 5, 1),
    page('a negative count is 0', 'count=-3', 5, 1),
    page('a count above the total', 'count=500', 5, 1, 1, 2, 3, 4, 5),
    page('a count above what is allowed', 'count=1000000', 5, 1, 1, 2, 3, 4, 5),
    page('a filter and a page', 'filter=userName sw "p"&startIndex=2&count=2', 5, 2, 2, 3),
    page('a filter that finds nothing', 'filter=userName eq "x@example.com"', 0, 1),
    page('a filter and count 0', 'filter=userName gt "p3@example.com"&count=0', 2, 1),
    page('unknown parameters are ignored', 'count=1&shoeSize=43&pretty=true', 5, 1, 1),
    refused('startIndex that is no number', 'startIndex=one'),
    refused('startIndex 1.5', 'startIndex=1.5'),
    refused('count that is no number', 'count=many'),
    refused('count 1e2', 'count=1e2'),
    refused('startIndex twice', 'startIndex=1&startIndex=2'),
    refused('filter twice', 'filter=title pr&filter=userName pr'),
    refused('an unknown sortOrder', 'sortBy=title&sortOrder=upwards'),
    one('a trailing slash', 'GET /Users/?count=1', 200, { expect: { itemsPerPage: 1 } }),
    one('groups too', 'GET /Groups', 200, { expect: { totalResults: 0, itemsPerPage: 0, startIndex: 1, Resources: [] } }),
  ],
};

const whole = {
  externalId: 'X-1',
  name: { givenName: 'G', familyName: 'F' },
  title: 'T',
  emails: [
    { value: 'w@example.com', type: 'work' },
    { value: 'h@example.com', type: 'home' },
  ],
  password: 'secret',
  [ENTERPRISE]: { department: 'D', employeeNumber: '1' },
};
const only = (name: string, attributes: string, expect: object): Case =>
  one(name, `GET /Users/{{id}}?attributes=${attributes}`, 200, {
    expect: { '<only>': { schemas: '<present>', id: '{{id}}', ...expect } },
  });
const without = (name: string, attributes: string, expect: object): Case =>
  one(name, `GET /Users/{{id}}?excludedAttributes=${attributes}`, 200, {
    expect: { schemas: '<present>', id: '{{id}}', ...expect },
  });

/** RFC 7644 §3.9, RFC 7643 §7 `returned`. */
// biome-ignore format: one case a line
export const rfcProjection: Section = {
  name: 'RFC 7644 §3.9 attributes',
  before: [
    { request: 'POST /Users', body: user({ userName: 'p@example.com', ...whole }), status: 201, keep: { id: 'id' } },
    { request: 'POST /Groups', body: { schemas: [GROUP], displayName: 'G', members: [{ value: '{{id}}' }] }, status: 201, keep: { group: 'id' } },
  ],
  cases: [
    only('one attribute', 'title', { title: 'T' }),
    only('two attributes', 'title,userName', { title: 'T', userName: 'p@example.com' }),
    only('spaces after the comma', 'title, userName', { title: 'T', userName: 'p@example.com' }),
    only('names in another case', 'TITLE', { title: 'T' }),
    only('a complex attribute', 'name', { name: { '<only>': { givenName: 'G', familyName: 'F' } } }),
    only('a sub-attribute', 'name.givenName', { name: { '<only>': { givenName: 'G' } } }),
    only('a sub-attribute of values', 'emails.value', { emails: [{ '<only>': { value: 'w@example.com' } }, { '<only>': { value: 'h@example.com' } }] }),
    only('an extension', ENTERPRISE, { [ENTERPRISE]: { department: 'D', employeeNumber: '1' } }),
    only('an attribute of an extension', `${ENTERPRISE}:department`, { [ENTERPRISE]: { '<only>': { department: 'D' } } }),
    only('a core attribute with its URN', `${USER}:title`, { title: 'T' }),
    only('meta', 'meta', { meta: { resourceType: 'User', location: '<text>' } }),
    only('meta.version', 'meta.version', { meta: { '<only>': { version: '<text>' } } }),
    only('groups', 'groups', { groups: [{ value: '{{group}}', display: 'G', $ref: '<like /Groups/>', type: 'direct' }] }),
    only('an unknown attribute: what is always returned', 'shoeSize', {}),
    only('the password: what is always returned', 'password', {}),
    only('the id alone', 'id', {}),
    without('one attribute', 'title', { title: '<absent>', name: '<present>' }),
    without('two attributes', 'title,emails', { title: '<absent>', emails: '<absent>', name: '<present>' }),
    without('names in another case', 'Title', { title: '<absent>' }),
    without('a sub-attribute', 'name.givenName', { name: { '<only>': { familyName: 'F' } } }),
    without('a sub-attribute of values', 'emails.type', { emails: [{ '<only>': { value: 'w@example.com' } }, { '<only>': { value: 'h@example.com' } }] }),
    without('an extension', ENTERPRISE, { [ENTERPRISE]: '<absent>' }),
    without('an attribute of an extension', `${ENTERPRISE}:department`, { [ENTERPRISE]: { '<only>': { employeeNumber: '1' } } }),
    without('the id is always returned', 'id', { userName: 'p@example.com' }),
    without('schemas is always returned', 'schemas', { userName: 'p@example.com' }),
    without('meta', 'meta', { meta: '<absent>' }),
    without('unknown names are ignored', 'shoeSize', { title: 'T' }),
    one('both exclude each other', 'GET /Users/{{id}}?attributes=title&excludedAttributes=name', 400, { expect: { scimType: 'invalidValue' } }),
    one('on a list', 'GET /Users?attributes=userName', 200, { expect: { Resources: [{ '<only>': { schemas: '<present>', id: '{{id}}', userName: 'p@example.com' } }] } }),
    one('excluded on a list', 'GET /Users?excludedAttributes=emails,name', 200, { expect: { Resources: [{ emails: '<absent>', name: '<absent>', title: 'T' }] } }),
    one('a filter may use what is not shown', 'GET /Users?attributes=title&filter=userName eq "p@example.com"', 200, { expect: { Resources: [{ title: 'T', userName: '<absent>' }] } }),
    one('a group without members', 'GET /Groups/{{group}}?excludedAttributes=members', 200, { expect: { displayName: 'G', members: '<absent>' } }),
    one('a group, members alone', 'GET /Groups/{{group}}?attributes=members', 200, { expect: { '<only>': { schemas: '<present>', id: '{{group}}', members: [{ value: '{{id}}', $ref: '<like /Users/>', type: 'User', display: '<text>' }] } } }),
    one('a group, members.value', 'GET /Groups/{{group}}?attributes=members.value', 200, { expect: { members: [{ '<only>': { value: '{{id}}' } }] } }),
    one('a group, members.display excluded', 'GET /Groups/{{group}}?excludedAttributes=members.display', 200, { expect: { members: [{ value: '{{id}}', display: '<absent>' }] } }),
    one('groups in a list without members', 'GET /Groups?excludedAttributes=members', 200, { expect: { Resources: [{ id: '{{group}}', members: '<absent>' }] } }),
    one('groups in a list with members', 'GET /Groups', 200, { expect: { Resources: [{ id: '{{group}}', members: [{ value: '{{id}}' }] }] } }),
    one('what is not there is not there for a projection either', `GET /Users/${NOBODY}?attributes=id`, 404),
  ],
};

const sorted = (name: string, query: string, ...names: string[]): Case =>
  one(name, `GET /Users?${query}`, 200, {
    expect: { totalResults: names.length, Resources: names.map((each) => ({ userName: `${each}@example.com` })) },
  });
const someone = (userName: string, attributes: object) => ({
  request: 'POST /Users',
  body: user({ userName: `${userName}@example.com`, ...attributes }),
  status: 201,
});

/** RFC 7644 §3.4.2.3. */
// biome-ignore format: one case a line
export const rfcSort: Section = {
  name: 'RFC 7644 §3.4.2.3 sort',
  before: [
    someone('b', { title: 'beta', name: { familyName: 'Young' }, emails: [{ value: 'z@example.com', primary: true }, { value: 'a@example.com' }], externalId: 'b' }),
    someone('a', { title: 'Alpha', name: { familyName: 'abbott' }, emails: [{ value: 'm@example.com' }, { value: 'y@example.com' }], externalId: 'A', active: false }),
    someone('c', { name: { familyName: 'Moss' } }),
  ],
  cases: [
    sorted('ascending unless said', 'sortBy=userName', 'a', 'b', 'c'),
    sorted('ascending', 'sortBy=userName&sortOrder=ascending', 'a', 'b', 'c'),
    sorted('descending', 'sortBy=userName&sortOrder=descending', 'c', 'b', 'a'),
    sorted('the order in another case', 'sortBy=userName&sortOrder=Descending', 'c', 'b', 'a'),
    sorted('case does not count where the attribute ignores it', 'sortBy=title', 'a', 'b', 'c'),
    sorted('what has no value comes last, ascending', 'sortBy=title&sortOrder=ascending', 'a', 'b', 'c'),
    sorted('and first, descending', 'sortBy=title&sortOrder=descending', 'c', 'b', 'a'),
    sorted('a sub-attribute', 'sortBy=name.familyName', 'a', 'c', 'b'),
    sorted('a name in another case', 'sortBy=NAME.FAMILYNAME', 'a', 'c', 'b'),
    sorted('a multi-valued attribute: by the primary value, else the first', 'sortBy=emails', 'a', 'b', 'c'),
    sorted('emails.value', 'sortBy=emails.value&sortOrder=descending', 'c', 'b', 'a'),
    sorted('a date', 'sortBy=meta.created', 'b', 'a', 'c'),
    sorted('a date, descending', 'sortBy=meta.created&sortOrder=descending', 'c', 'a', 'b'),
    sorted('with its URN', `sortBy=${USER}:userName`, 'a', 'b', 'c'),
    one('with a filter and a page', 'GET /Users?sortBy=userName&filter=userName pr&startIndex=2&count=1', 200, { expect: { totalResults: 3, startIndex: 2, itemsPerPage: 1, Resources: [{ userName: 'b@example.com' }] } }),
    one('sort is announced', 'GET /ServiceProviderConfig', 200, { expect: { sort: { supported: true } } }),
  ],
};

const first = {
  request: 'GET /Users?cursor&count=2',
  status: 200,
  expect: {
    totalResults: 5,
    itemsPerPage: 2,
    startIndex: '<absent>',
    nextCursor: '<text>',
    Resources: { '<count>': 2 },
  },
  keep: { next: 'nextCursor', a: 'Resources.0.id', b: 'Resources.1.id' },
};

/** RFC 9865. */
// biome-ignore format: one case a line
export const rfcCursors: Section = {
  name: 'RFC 9865 cursors',
  before: people,
  cases: [
    { name: 'the first page: an empty cursor', steps: [first] },
    { name: 'the next page', steps: [first, { request: 'GET /Users?cursor={{next}}&count=2', status: 200, expect: { itemsPerPage: 2, nextCursor: '<text>', Resources: [{ id: '<not {{a}}>' }, { id: '<not {{b}}>' }] } }] },
    { name: 'the last page has no nextCursor', steps: [first, { request: 'GET /Users?cursor={{next}}&count=2', status: 200, keep: { last: 'nextCursor' } }, { request: 'GET /Users?cursor={{last}}&count=2', status: 200, expect: { itemsPerPage: 1, nextCursor: '<absent>' } }] },
    one('one page holds all', 'GET /Users?cursor&count=50', 200, { expect: { totalResults: 5, itemsPerPage: 5, nextCursor: '<absent>' } }),
    one('a forged cursor', 'GET /Users?cursor=forged&count=2', 400, { expect: { scimType: 'invalidCursor' } }),
    { name: 'a cursor that was changed', steps: [first, { request: 'GET /Users?cursor={{next}}x&count=2', status: 400, expect: { scimType: 'invalidCursor' } }] },
    { name: 'a cursor of another filter', steps: [first, { request: 'GET /Users?cursor={{next}}&count=2&filter=title pr', status: 400, expect: { scimType: 'invalidCursor' } }] },
    one('without a cursor: pages by index', 'GET /Users?count=2', 200, { expect: { startIndex: 1, nextCursor: '<absent>' } }),
    one('cursors are announced', 'GET /ServiceProviderConfig', 200, { expect: { pagination: { cursor: true, index: true, defaultPaginationMethod: 'index' } } }),
  ],
};
