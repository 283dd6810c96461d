import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONNECTIONS } from '#directory-api/connections';
import { type System, startSystem, type Team } from './harness/system.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const NOBODY = '01900000-0000-7000-8000-000000000000';

let system: System;
let team: Team;
let adaId: string;

beforeAll(async () => {
  system = await startSystem();
  team = await system.createTeam();
  const created = await send('POST', '/Users', { schemas: [USER], userName: 'ada@example.com', active: true });
  adaId = ((await created.json()) as { id: string }).id;
});
afterAll(() => system.stop());

interface Sent {
  authorization?: string | undefined;
  contentType?: string;
}

function send(method: string, path: string, body?: unknown, sent: Sent = {}): Promise<Response> {
  const authorization = 'authorization' in sent ? sent.authorization : `Bearer ${team.token}`;
  const init: RequestInit = {
    method,
    headers: {
      ...(authorization && { authorization }),
      ...(body !== undefined && { 'content-type': sent.contentType ?? 'application/scim+json' }),
    },
  };
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${team.scimBaseUrl}${path}`, init);
}

/** Everything that a refused request must leave as it was. */
async function state(): Promise<unknown> {
  return system.databases.directory.query(
    `SELECT (SELECT json_agg(u ORDER BY u.id) FROM users u) AS users,
            (SELECT json_agg(g ORDER BY g.id) FROM groups g) AS groups,
            (SELECT count(*) FROM outbox) AS events`,
  );
}

const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const user = (attributes: object) => ({ schemas: [USER], userName: 'bob@example.com', ...attributes });
const patch = (...operations: object[]) => ({ schemas: [PATCH_OP], Operations: operations });
const filtered = (filter: string) => `/Users?filter=${encodeURIComponent(filter)}`;

async function expectRefused(response: Response, status: number, scimType?: string): Promise<void> {
  const body = (await response.json()) as { status: string; scimType?: string; detail: string };
  expect([response.status, body.scimType]).toEqual([status, scimType]);
  expect(response.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  expect(body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status) });
  expect(body.detail.length).toBeGreaterThan(20);
}

describe('credentials', () => {
  it.each<[string, () => string | undefined]>([
    ['missing', () => undefined],
    ['a wrong token', () => 'Bearer nonsense'],
    ['a token of the right form that nobody has', () => `Bearer ${team.token.slice(0, -4)}AAAA`],
    ['a wrong username', () => basic('somebody', team.token)],
    ['a wrong password', () => basic(team.username, 'password')],
    ['an unknown scheme', () => `Digest ${team.token}`],
    ['broken Basic', () => 'Basic %%%'],
    ['non-token', () => 'non-token'],
  ])('%s: 401 with WWW-Authenticate', async (_, authorization) => {
    const before = await state();
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? user({}) : undefined;
      const response = await send(method, '/Users', body, { authorization: authorization() });
      expect(response.headers.get('www-authenticate')).toMatch(/Basic/);
      await expectRefused(response, 401);
    }
    expect(await state()).toEqual(before);
  });

  it('SCIM turned off: 401', async () => {
    const other = await system.createTeam();
    await system.ask.directory(CONNECTIONS.disable, { tenantId: other.tenantId });
    await expectRefused(await send('GET', '/Users', undefined, { authorization: `Bearer ${other.token}` }), 401);
  });

  it.each<[string, () => string]>([
    ['Basic', () => basic(team.username, team.token)],
    ['Bearer', () => `Bearer ${team.token}`],
    ['the bare token', () => team.token],
    ['Bearer with username and token', () => `Bearer ${team.username}:${team.token}`],
  ])('%s: accepted', async (_, authorization) => {
    expect((await send('GET', '/Users?count=1', undefined, { authorization: authorization() })).status).toBe(200);
  });
});

describe('a request that cannot be carried out changes nothing, tells nothing and says what to do', () => {
  it.each<[string, number, string | undefined, () => Promise<Response>]>([
    ['a userName that is no email', 400, 'invalidValue', () => send('POST', '/Users', user({ userName: 'ada' }))],
    ['no userName', 400, 'invalidValue', () => send('POST', '/Users', { schemas: [USER] })],
    ['a wrong type', 400, 'invalidValue', () => send('POST', '/Users', user({ name: 'Ada' }))],
    ['active that is no boolean', 400, 'invalidValue', () => send('POST', '/Users', user({ active: 'maybe' }))],
    ['an unknown attribute', 400, 'invalidSyntax', () => send('POST', '/Users', user({ shoeSize: 43 }))],
    ['no schemas', 400, 'invalidSyntax', () => send('POST', '/Users', { userName: 'bob@example.com' })],
    ['malformed JSON', 400, 'invalidSyntax', () => send('POST', '/Users', '{"schemas":')],
    ['an empty body', 400, 'invalidSyntax', () => send('POST', '/Users', '')],
    ['a list as the body', 400, 'invalidSyntax', () => send('POST', '/Users', [])],
    ['a poisoned key', 400, 'invalidSyntax', () => send('POST', '/Users', '{"__proto__":{"admin":true}}')],
    ['deep nesting', 400, 'invalidSyntax', () => send('POST', '/Users', '['.repeat(200_000))],
    ['a NUL', 400, 'invalidValue', () => send('POST', '/Users', user({ title: 'a\u0000b' }))],
    ['a duplicate', 409, 'uniqueness', () => send('POST', '/Users', user({ userName: 'ADA@example.com' }))],
    ['a bad filter', 400, 'invalidFilter', () => send('GET', filtered('userName eq'))],
    ['a filter on an unknown attribute', 400, 'invalidFilter', () => send('GET', filtered('shoeSize eq 43'))],
    ['startIndex that is no number', 400, 'invalidValue', () => send('GET', '/Users?startIndex=x')],
    [
      'a bad PATCH path',
      400,
      'invalidPath',
      () => send('PATCH', `/Users/${adaId}`, patch({ op: 'add', path: 'a[', value: 1 })),
    ],
    [
      'PATCH of an unknown attribute',
      400,
      'invalidPath',
      () => send('PATCH', `/Users/${adaId}`, patch({ op: 'add', path: 'shoeSize', value: 1 })),
    ],
    ['remove without a path', 400, 'noTarget', () => send('PATCH', `/Users/${adaId}`, patch({ op: 'remove' }))],
    [
      'PATCH of a read-only attribute',
      400,
      'mutability',
      () => send('PATCH', `/Users/${adaId}`, patch({ op: 'replace', path: 'id', value: 'x' })),
    ],
    [
      'an unknown operation',
      400,
      'invalidSyntax',
      () => send('PATCH', `/Users/${adaId}`, patch({ op: 'move', path: 'title' })),
    ],
    ['no operations', 400, 'invalidSyntax', () => send('PATCH', `/Users/${adaId}`, patch())],
    [
      'half of a PATCH that is wrong',
      400,
      'invalidValue',
      () =>
        send(
          'PATCH',
          `/Users/${adaId}`,
          patch({ op: 'replace', path: 'active', value: false }, { op: 'replace', path: 'userName', value: 'x' }),
        ),
    ],
    ['GET of an unknown user', 404, undefined, () => send('GET', `/Users/${NOBODY}`)],
    ['PUT of an unknown user', 404, undefined, () => send('PUT', `/Users/${NOBODY}`, user({}))],
    [
      'PATCH of an unknown group',
      404,
      undefined,
      () => send('PATCH', `/Groups/${NOBODY}`, patch({ op: 'add', path: 'members', value: [{ value: adaId }] })),
    ],
    ['DELETE of an unknown user', 404, undefined, () => send('DELETE', '/Users/00919288221112222')],
    ['a group without a name', 400, 'invalidValue', () => send('POST', '/Groups', { schemas: [GROUP] })],
    ['an unknown path', 404, undefined, () => send('GET', '/Nothing')],
    ['another media type', 415, undefined, () => send('POST', '/Users', 'a=b', { contentType: 'text/plain' })],
    ['a body over 10 MB', 413, undefined, () => send('POST', '/Users', `"${'x'.repeat(11_000_000)}"`)],
    [
      'If-Match of an older version',
      412,
      undefined,
      () =>
        fetch(`${team.scimBaseUrl}/Users/${adaId}`, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${team.token}`, 'if-match': 'W/"99"' },
        }),
    ],
  ])('%s: %i %s', async (_, status, scimType, request) => {
    const before = await state();
    await expectRefused(await request(), status, scimType);
    expect(await state()).toEqual(before);
  });

  it("another tenant's user is 404, like one nobody has", async () => {
    const other = await system.createTeam();
    const foreign = await send('GET', `/Users/${adaId}`, undefined, { authorization: `Bearer ${other.token}` });
    await expectRefused(foreign, 404);
  });
});
