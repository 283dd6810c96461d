import type { Section } from '../case.ts';
import { LIST, one, user } from '../messages.ts';

const okta = {
  'user-agent': 'OKTA SCIM Integration',
  'accept-charset': 'utf-8',
  'content-type': 'application/scim+json; charset=utf-8',
};
const json = { 'content-type': 'application/json', accept: 'application/scim+json; charset=utf-8' };
const ada = {
  userName: 'ada.lovelace@example.com',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ primary: true, value: 'ada.lovelace@example.com', type: 'work' }],
  displayName: 'Ada Lovelace',
};
const grace = {
  userName: 'grace.hopper@example.com',
  name: { givenName: 'Grace', familyName: 'Hopper' },
  emails: [{ primary: true, value: 'grace.hopper@example.com', type: 'work' }],
  displayName: 'Grace Hopper',
};
const whole = {
  id: '{{first}}',
  name: { familyName: '<text>', givenName: '<text>' },
  userName: '<text>',
  active: '<boolean>',
  emails: { '<has>': [{ value: '<text>' }] },
};
const nobody = { schemas: { '<has>': [LIST] }, totalResults: 0 };
const error = (status: string) => ({ status, detail: '<text>' });

/** The twelve requests of the SPEC test that Okta asks every integration to pass, in its order. */
// biome-ignore format: one case a line
export const oktaSpecTest: Section = {
  name: 'Okta SPEC test',
  headers: okta,
  before: [{ request: 'POST /Users', body: user(ada), status: 201, keep: { first: 'id' } }],
  cases: [
    one('1 Users endpoint: a page of one, its numbers are numbers', 'GET /Users?count=1&startIndex=1', 200, { expect: { schemas: { '<has>': [LIST] }, itemsPerPage: '<integer>', startIndex: '<integer>', totalResults: '<integer>', Resources: [whole] } }),
    one('2 a user by id', 'GET /Users/{{first}}', 200, { expect: whole }),
    one('3 a userName that nobody has: an empty list', 'GET /Users?filter=userName eq "nobody.at.all@example.com"', 200, { expect: nobody }),
    one('4 an id that nobody has', 'GET /Users/{{first}}x', 404, { expect: error('404') }),
    one('5 the user to be made is not there yet', 'GET /Users?filter=userName eq "grace.hopper@example.com"', 200, { expect: nobody }),
    one('6 the user is made', 'POST /Users', 201, { headers: json, body: user(grace), expect: { id: '<text>', ...grace, active: true } }),
    { name: '7 the user made can be read', steps: [{ request: 'GET /Users?filter=userName eq "grace.hopper@example.com"', status: 200, keep: { made: 'Resources.0.id' } }, { request: 'GET /Users/{{made}}', status: 200, expect: { userName: grace.userName, name: grace.name } }] },
    one('8 the same user again is a conflict', 'POST /Users', 409, { headers: json, body: user(grace), expect: error('409') }),
    one('9 the userName in capitals finds the same user', 'GET /Users?filter=userName eq "GRACE.HOPPER@EXAMPLE.COM"', 200, { expect: { totalResults: 1, Resources: [{ userName: grace.userName }] } }),
    one('10 Groups endpoint', 'GET /Groups', 200, { expect: { totalResults: 0 } }),
    one('11 wrong credentials', 'GET /Users?filter=userName eq "GRACE.HOPPER@EXAMPLE.COM"', 401, { headers: { authorization: 'non-token' }, expect: error('401') }),
    one('12 another id that nobody has', 'GET /Users/00919288221112222', 404, { expect: error('404') }),
  ],
};
