import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONNECTIONS } from '#directory-api/connections';
import { type System, startSystem, type Team } from './harness/system.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
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
  encoding?: string;
}

function send(method: string, path: string, body?: unknown, sent: Sent = {}): Promise<Response> {
  const authorization = 'authorization' in sent ? sent.authorization : `Bearer ${team.token}`;
  const init: RequestInit = {
    method,
    headers: {
      ...(authorization && { authorization }),
      ...(body !== undefined && { 'content-type': sent.contentType ?? 'application/scim+json' }),
      ...(sent.encoding && { 'content-encoding': sent.encoding }),
    },
  };
  if (body instanceof Uint8Array) init.body = body as Uint8Array<ArrayBuffer>;
  else if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
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
/** A user as JSON text, for what JSON.stringify cannot write. */
const raw = (members: string) => `{"schemas":["${USER}"],"userName":"bob@example.com",${members}}`;
const patchAda = (...operations: object[]) => send('PATCH', `/Users/${adaId}`, patch(...operations));
const search = (filter: string) => send('POST', '/Users/.search', { schemas: [SEARCH_REQUEST], filter });
const sendGzip = (body: Buffer<ArrayBuffer>) => send('POST', '/Users', body, { encoding: 'gzip' });
const filtered = (filter: string) => `/Users?filter=${encodeURIComponent(filter)}`;

async function expectRefused(response: Response, status: number, scimType?: string): Promise<void> {
  const body = (await response.json()) as { status: string; scimType?: string; detail: string };
  expect([response.status, body.scimType]).toEqual([status, scimType]);
  expect(response.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  expect(body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status) });
  expect(body.detail.length).toBeGreaterThan(20);
  expect(body.detail).toContain(response.headers.get('x-request-id'));
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
  type Refused = [name: string, status: number, scimType: string | undefined, request: () => Promise<Response>];

  it.each<Refused>([
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
    ['a key twice', 400, 'invalidSyntax', () => send('POST', '/Users', raw('"title":"a","title":"b"'))],
    [
      'a key twice, once escaped',
      400,
      'invalidSyntax',
      () => send('POST', '/Users', raw('"title":"a","\\u0074itle":"b"')),
    ],
    ['a key twice, in other case', 400, 'invalidSyntax', () => send('POST', '/Users', raw('"title":"a","TITLE":"b"'))],
    ['a number no double holds', 400, 'invalidValue', () => send('POST', '/Users', raw('"title":1e400'))],
    ['NaN', 400, 'invalidSyntax', () => send('POST', '/Users', raw('"active":NaN'))],
    ['half a surrogate pair', 400, 'invalidValue', () => send('POST', '/Users', raw('"title":"\\ud800"'))],
    ['a NUL in a key', 400, 'invalidValue', () => send('POST', '/Users', raw('"ti\\u0000tle":"x"'))],
    ['bytes that are not UTF-8', 400, 'invalidSyntax', () => send('POST', '/Users', Buffer.from([0x7b, 0xff, 0x7d]))],
    ['the key constructor', 400, 'invalidSyntax', () => send('POST', '/Users', user({ constructor: {} }))],
    ['the key prototype', 400, 'invalidSyntax', () => send('POST', '/Users', user({ name: { prototype: {} } }))],
    [
      'another charset',
      415,
      undefined,
      () => send('POST', '/Users', user({}), { contentType: 'application/json; charset=utf-16' }),
    ],
    ['truncated gzip', 400, 'invalidSyntax', () => sendGzip(gzipSync(JSON.stringify(user({}))).subarray(0, -9))],
    ['a gzip bomb', 413, undefined, () => sendGzip(gzipSync(Buffer.alloc(50_000_000, ' ')))],
    ['a URL of 17 kB', 414, undefined, () => send('GET', `/Users?filter=${'x'.repeat(17_000)}`)],
    ...['__proto__', 'constructor', 'prototype'].flatMap((name): Refused[] => [
      [`PATCH of ${name}`, 400, 'invalidPath', () => patchAda({ op: 'add', path: name, value: 'x' })],
      [`PATCH of name.${name}`, 400, 'invalidPath', () => patchAda({ op: 'add', path: `name.${name}`, value: 'x' })],
      [
        `PATCH with a filter on ${name}`,
        400,
        'invalidFilter',
        () => patchAda({ op: 'add', path: `emails[${name} eq "x"].value`, value: 'x' }),
      ],
      [`a filter on ${name}`, 400, 'invalidFilter', () => send('GET', filtered(`${name} eq "x"`))],
      [`a filter on name.${name}`, 400, 'invalidFilter', () => send('GET', filtered(`name.${name} pr`))],
    ]),
    ['a filter of 5,000 parentheses', 400, 'invalidFilter', () => search(`${'('.repeat(5_000)}id pr`)],
    ['a filter of 20 kB', 400, 'invalidFilter', () => search(`userName eq "${'x'.repeat(20_000)}"`)],
    ['a filter of 100 kB of spaces', 400, 'invalidFilter', () => search(' '.repeat(100_000))],
    ['startIndex 1.5', 400, 'invalidValue', () => send('GET', '/Users?startIndex=1.5')],
    ['startIndex beyond bigint', 400, 'invalidValue', () => send('GET', `/Users?startIndex=${2n ** 64n}`)],
    ...[0, null, 'maybe'].flatMap((active): Refused[] => [
      [`POST of active ${active}`, 400, 'invalidValue', () => send('POST', '/Users', user({ active }))],
      [`PUT of active ${active}`, 400, 'invalidValue', () => send('PUT', `/Users/${adaId}`, user({ active }))],
      [
        `PATCH of active ${active}`,
        400,
        'invalidValue',
        () => patchAda({ op: 'replace', path: 'active', value: active }),
      ],
      [
        `PATCH of active ${active} without path`,
        400,
        'invalidValue',
        () => patchAda({ op: 'replace', value: { active } }),
      ],
    ]),
    [
      'two primaries',
      400,
      'invalidValue',
      () => {
        const emails = ['a@example.com', 'b@example.com'].map((value) => ({ value, primary: true }));
        return send('POST', '/Users', user({ emails }));
      },
    ],
    ...['id', 'meta', 'meta.version', 'groups'].map(
      (path): Refused => [`PATCH of ${path}`, 400, 'mutability', () => patchAda({ op: 'replace', path, value: 'x' })],
    ),
    [
      '10,001 operations',
      413,
      undefined,
      () => patchAda(...Array(10_001).fill({ op: 'replace', path: 'title', value: 'x' })),
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

describe('odd input that is good is taken', () => {
  const created = async (response: Response) => {
    expect(response.status).toBe(201);
    return (await response.json()) as { id: string; active: boolean };
  };

  it('a byte order mark', async () => {
    await created(await send('POST', '/Users', `\uFEFF${JSON.stringify(user({ userName: 'bom@example.com' }))}`));
  });

  it('gzip', async () => {
    await created(await sendGzip(gzipSync(JSON.stringify(user({ userName: 'gzip@example.com' })))));
  });

  it('active "False" is false', async () => {
    const { active } = await created(
      await send('POST', '/Users', user({ userName: 'f@example.com', active: 'False' })),
    );
    expect(active).toBe(false);
  });

  it('an id in the body that differs from the URL: the URL wins', async () => {
    const { id } = await created(await send('POST', '/Users', user({ userName: 'put@example.com' })));
    const other = user({ userName: 'put@example.com', id: adaId, title: 'Put' });
    const response = await send('PUT', `/Users/${id}`, other);
    expect(await response.json()).toMatchObject({ id, title: 'Put' });
    expect(response.headers.get('content-location')).toBe(`${team.scimBaseUrl}/Users/${id}`);
    expect(await (await send('GET', `/Users/${adaId}`)).json()).not.toHaveProperty('title');
  });

  it('the root lists users and groups as one, page by page', async () => {
    const one = async (path: string) =>
      (await (await send('GET', path)).json()) as { totalResults: number; Resources: { id: string }[] };
    await send('POST', '/Groups', { schemas: [GROUP], displayName: 'Root' });
    const { totalResults } = await one('?count=0');
    expect(totalResults).toBe((await one('/Users?count=0')).totalResults + (await one('/Groups?count=0')).totalResults);
    const seen = new Set<string>();
    for (let startIndex = 1; startIndex <= totalResults; startIndex += 2) {
      for (const { id } of (await one(`?startIndex=${startIndex}&count=2`)).Resources) seen.add(id);
    }
    expect(seen.size).toBe(totalResults);
  });
});
