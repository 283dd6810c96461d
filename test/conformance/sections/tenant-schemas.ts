import type { Section } from '../case.ts';
import { aboutUser, GROUP, givenGroup, givenUser, notPatched, one, patched, patchOp, USER, user } from '../messages.ts';

export const HR = 'urn:example:scim:schemas:extension:hr:1.0:User';
const ORG = 'urn:ietf:params:scim:schemas:extension:example:2.0:Group';

const hr = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
  id: HR,
  name: 'HR',
  description: 'What the HR system knows.',
  attributes: [
    { name: 'badge', type: 'string', required: true },
    { name: 'level', type: 'integer' },
    { name: 'remote', type: 'boolean' },
    { name: 'startedOn', type: 'dateTime' },
    { name: 'skills', type: 'string', multiValued: true },
    { name: 'secret', type: 'string', returned: 'request' },
    {
      name: 'desks',
      type: 'complex',
      multiValued: true,
      subAttributes: [
        { name: 'value', type: 'string', caseExact: true },
        { name: 'floor', type: 'integer' },
        { name: 'primary', type: 'boolean' },
      ],
    },
  ],
};
const org = { id: ORG, name: 'Org', attributes: [{ name: 'costCenter' }] };

const desk = (value: string, floor: number) => ({ value, floor });
const holds = (attributes: object) => ({ [HR]: { badge: 'b', ...attributes } });
const found = (name: string, filter: string, ...badges: string[]) =>
  one(name, `GET /Users?filter=${HR}:${filter} and userName sw "f-"`, 200, {
    expect: {
      totalResults: badges.length,
      ...(badges.length > 0 && { Resources: { '<has>': badges.map((badge) => ({ [HR]: { badge } })) } }),
    },
  });
const given = (name: string, attributes: object) => ({
  request: 'POST /Users',
  body: user({ userName: `f-${name}@example.com`, [HR]: { badge: name, ...attributes } }),
  status: 201,
});

/** RFC 7643 §3.3 and §7: extensions that the tenant's administrator has defined. */
// biome-ignore format: one case a line
export const tenantSchemas: Section = {
  name: 'RFC 7643 §3.3 tenant-defined schemas',
  schemas: [{ definition: hr }, { definition: org, resourceType: 'Group' }],
  before: [
    given('ada', { level: 10, startedOn: '2026-01-31T00:00:00Z', skills: ['SQL', 'Go'], desks: [desk('d1', 1), desk('d2', 2)] }),
    given('bob', { level: 9, remote: true, desks: [desk('d1', 2)] }),
  ],
  cases: [
    one('in ResourceTypes, never required', 'GET /ResourceTypes/User', 200, { expect: { schemaExtensions: { '<has>': [{ schema: HR, required: false }] } } }),
    one('of groups as well', 'GET /ResourceTypes/Group', 200, { expect: { schemaExtensions: [{ schema: ORG, required: false }] } }),
    one('in Schemas', 'GET /Schemas', 200, { expect: { totalResults: 5, Resources: { '<has>': [{ id: HR }, { id: ORG }, { id: USER }, { id: GROUP }] } } }),
    one('by its URN, in whatever case, with the defaults of §2.2', `GET /Schemas/${HR.toUpperCase()}`, 200, { expect: { id: HR, name: 'HR', description: 'What the HR system knows.', attributes: { '<has>': [{ name: 'badge', type: 'string', required: true, multiValued: false, caseExact: false, mutability: 'readWrite', returned: 'default', uniqueness: 'none' }, { name: 'desks', subAttributes: { '<has>': [{ name: 'floor', type: 'integer' }] } }] }, meta: { resourceType: 'Schema', location: `<like /Schemas/${HR}$>` } } }),
    one('stored, and named in schemas', 'POST /Users', 201, { body: user({ schemas: [USER, HR], ...holds({ level: 3 }) }), expect: { schemas: { '<has>': [USER, HR] }, [HR]: { badge: 'b', level: 3 } } }),
    one('named in schemas though the client did not', 'POST /Users', 201, { body: user(holds({})), expect: { schemas: { '<has>': [USER, HR] } } }),
    one('not named where nothing is held of it', 'POST /Users', 201, { body: user({ schemas: [USER, HR] }), expect: { schemas: [USER], [HR]: '<absent>' } }),
    one('names in whatever case', 'POST /Users', 201, { body: user({ [HR.toLowerCase()]: { BADGE: 'x' } }), expect: { [HR]: { badge: 'x' } } }),
    one('an attribute it does not have', 'POST /Users', 400, { body: user(holds({ shoes: 1 })), expect: { scimType: 'invalidSyntax' } }),
    one('a value of another type', 'POST /Users', 400, { body: user(holds({ level: 'high' })), expect: { scimType: 'invalidValue' } }),
    one('what it requires, where it is used', 'POST /Users', 400, { body: user({ [HR]: { level: 1 } }), expect: { scimType: 'invalidValue', detail: '<like badge>' } }),
    one('a schema nobody has defined', 'POST /Users', 400, { body: user({ 'urn:example:shoes': { size: 1 } }), expect: { scimType: 'invalidSyntax' } }),
    one('users do not have the extension of groups', 'POST /Users', 400, { body: user({ [ORG]: { costCenter: 'x' } }), expect: { scimType: 'invalidSyntax' } }),
    aboutUser('a PUT clears what it leaves out', holds({ level: 1 }), 'PUT /Users/{{id}}', 200, { body: user(holds({})), expect: { [HR]: { badge: 'b', level: '<absent>' } } }),
    patched('PATCH by path', holds({}), [{ op: 'add', path: `${HR}:level`, value: 4 }], { [HR]: { badge: 'b', level: 4 }, schemas: { '<has>': [HR] } }),
    patched('PATCH without path, the URN as key', {}, [{ op: 'add', value: { [HR]: { badge: 'n', skills: ['a'] } } }], { [HR]: { badge: 'n', skills: ['a'] } }),
    patched('PATCH without path, whole paths as keys', holds({}), [{ op: 'replace', value: { [`${HR}:level`]: 5 } }], { [HR]: { level: 5 } }),
    patched('PATCH of chosen values', holds({ desks: [desk('d1', 1), desk('d2', 2)] }), [{ op: 'replace', path: `${HR}:desks[value eq "d2"].floor`, value: 3 }], { [HR]: { desks: { '<has>': [desk('d1', 1), desk('d2', 3)] } } }),
    patched('add to many values', holds({ skills: ['a'] }), [{ op: 'add', path: `${HR}:skills`, value: ['A', 'b'] }], { [HR]: { skills: ['a', 'b'] } }),
    patched('remove of all of it', holds({ level: 1 }), [{ op: 'remove', path: HR }], { [HR]: '<absent>', schemas: [USER] }),
    notPatched('removing what it requires', holds({}), [{ op: 'remove', path: `${HR}:badge` }], 'mutability'),
    notPatched('using it without what it requires', {}, [{ op: 'add', path: `${HR}:level`, value: 1 }], 'invalidValue'),
    notPatched('a path it does not have', {}, [{ op: 'add', path: `${HR}:shoes`, value: 1 }], 'invalidPath'),
    found('filter: text without case', 'badge eq "ADA"', 'ada'),
    found('filter: a number', 'level gt 9', 'ada'),
    found('filter: a boolean', 'remote eq true', 'bob'),
    found('filter: an instant', 'startedOn lt "2026-01-31T00:00:00-01:00"', 'ada'),
    found('filter: one of many values', 'skills eq "sql"', 'ada'),
    found('filter: presence', 'desks pr', 'ada', 'bob'),
    found('filter: within one value', 'desks[value eq "d1" and floor eq 2]', 'bob'),
    found('filter: caseExact', 'desks.value eq "D1"'),
    one('filter: an attribute it does not have', `GET /Users?filter=${HR}:shoes eq 1`, 400, { expect: { scimType: 'invalidFilter' } }),
    one('sort by it', `GET /Users?filter=userName sw "f-"&sortBy=${HR}:level`, 200, { expect: { Resources: [{ [HR]: { badge: 'bob' } }, { [HR]: { badge: 'ada' } }] } }),
    { name: 'attributes: one of it alone', steps: [givenUser(holds({ level: 1 })), { request: `GET /Users/{{id}}?attributes=${HR}:level`, status: 200, expect: { [HR]: { level: 1, badge: '<absent>' }, userName: '<absent>' } }] },
    { name: 'excludedAttributes: all of it', steps: [givenUser(holds({ level: 1 })), { request: `GET /Users/{{id}}?excludedAttributes=${HR}`, status: 200, expect: { [HR]: '<absent>', userName: '<text>' } }] },
    { name: 'returned request: only when asked for', steps: [givenUser(holds({ secret: 's' })), { request: 'GET /Users/{{id}}', status: 200, expect: { [HR]: { secret: '<absent>' } } }, { request: `GET /Users/{{id}}?attributes=${HR}:secret`, status: 200, expect: { [HR]: { secret: 's' } } }] },
    { name: 'of a group', steps: [givenGroup({ [ORG]: { costCenter: '4711' } }), { request: 'PATCH /Groups/{{id}}', body: patchOp({ op: 'replace', path: `${ORG}:costCenter`, value: '4712' }), status: 204 }, { request: `GET /Groups?filter=${ORG}:costCenter eq "4712"`, status: 200, expect: { totalResults: 1, Resources: [{ schemas: { '<has>': [GROUP, ORG] } }] } }] },
    one('in bulk', 'POST /Bulk', 200, { body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: [{ method: 'POST', path: '/Users', bulkId: 'a', data: user(holds({})) }, { method: 'POST', path: '/Users', bulkId: 'b', data: user({ userName: 'x@example.com', [HR]: { shoes: 1 } }) }] }, expect: { Operations: [{ status: '201' }, { status: '400' }] } }),
    one('at the root', `GET /?filter=${HR}:badge eq "ada"`, 200, { expect: { totalResults: 1 } }),
  ],
};
