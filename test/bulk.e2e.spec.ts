import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './harness/eventually.ts';
import { type System, startSystem, type Team } from './harness/system.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const NOBODY = '01900000-0000-7000-8000-000000000000';

interface Entry {
  method: string;
  bulkId?: string;
  location?: string;
  version?: string;
  status: string;
  response?: { status: string; scimType?: string; detail: string };
}

let system: System;
let team: Team;

beforeAll(async () => {
  system = await startSystem();
  team = await system.createTeam();
});
afterAll(() => system.stop());

function send(method: string, url: string, body?: unknown, token = team.token): Promise<Response> {
  return fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const bulkUrl = () => `${team.scimBaseUrl}/Bulk`;

async function bulk(Operations: object[], more: object = {}, token?: string): Promise<Entry[]> {
  const response = await send('POST', bulkUrl(), { schemas: [BULK_REQUEST], ...more, Operations }, token);
  const body = (await response.json()) as { schemas: string[]; Operations: Entry[] };
  expect([response.status, body.schemas]).toEqual([200, [BULK_RESPONSE]]);
  expect(response.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  return body.Operations;
}

async function read<T = Record<string, unknown>>(entry: Entry | undefined): Promise<T> {
  return (await (await send('GET', entry?.location ?? '')).json()) as T;
}

const user = (bulkId: string, attributes: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: [USER], userName: `${bulkId}@example.com`, active: true, ...attributes },
});
const group = (bulkId: string, ...members: string[]) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { schemas: [GROUP], displayName: bulkId, members: members.map((id) => ({ value: `bulkId:${id}` })) },
});
const patch = (path: string, ...operations: object[]) => ({
  method: 'PATCH',
  path,
  data: { schemas: [PATCH_OP], Operations: operations },
});
const statuses = (entries: Entry[]) => entries.map(({ status }) => status);

describe('POST /Bulk', () => {
  it('makes people and the group that refers to them, in one request, and their seats', async () => {
    const other = await system.createTeam();
    const entries = await bulk([group('Team', 'tia', 'tom'), user('tia'), user('tom')], {}, other.token);
    expect(entries).toMatchObject([
      { method: 'POST', bulkId: 'Team', status: '201', version: expect.stringMatching(/^W\/"\d+"$/) },
      { method: 'POST', bulkId: 'tia', status: '201' },
      { method: 'POST', bulkId: 'tom', status: '201' },
    ]);
    const [made, ...people] = entries;
    const { members } = (await (await send('GET', made?.location ?? '', undefined, other.token)).json()) as {
      members: { value: string }[];
    };
    expect(members.map(({ value }) => value).sort()).toEqual(people.map(idOf).sort());
    await other.seatsToBe(2);
  });

  it('changes and deletes what it makes, by references in path, data and filter, in order', async () => {
    const entries = await bulk([
      user('una'),
      user('uri'),
      group('Order', 'una'),
      patch(
        '/Groups/bulkId:Order',
        { op: 'add', path: 'members', value: [{ value: 'bulkId:uri' }] },
        { op: 'remove', path: 'members[value eq "bulkId:una"]' },
      ),
      { method: 'PUT', path: '/Users/bulkId:uri', data: { ...user('uri').data, title: 'Doctor' } },
      { method: 'DELETE', path: '/Users/bulkId:una' },
    ]);
    expect(statuses(entries)).toEqual(['201', '201', '201', '204', '200', '204']);
    expect(entries[3]?.location).toBe(entries[2]?.location);
    const { members } = await read<{ members: { value: string }[] }>(entries[2]);
    expect(members.map(({ value }) => value)).toEqual([idOf(entries[1])]);
    expect(await read(entries[1])).toMatchObject({ title: 'Doctor', meta: { version: entries[4]?.version } });
    expect((await send('GET', entries[0]?.location ?? '')).status).toBe(404);
  });

  it("resolves a circle: two people who are each other's managers", async () => {
    const managedBy = (bulkId: string) => ({ [ENTERPRISE]: { manager: { value: `bulkId:${bulkId}` } } });
    const schemas = [USER, ENTERPRISE];
    const entries = await bulk([
      user('vera', { schemas, ...managedBy('vito') }),
      user('vito', { schemas, ...managedBy('vera') }),
    ]);
    expect(statuses(entries)).toEqual(['201', '201']);
    const [vera, vito] = entries;
    expect(await read(vera)).toMatchObject({
      [ENTERPRISE]: { manager: { value: idOf(vito) } },
      meta: { version: vera?.version },
    });
    expect(await read(vito)).toMatchObject({ [ENTERPRISE]: { manager: { value: idOf(vera) } } });
  });

  it('attempts a circle of groups: both are made, and the membership that would close it is refused in its place', async () => {
    const entries = await bulk([group('Round', 'About', 'wim'), group('About', 'Round'), user('wim')]);
    expect(statuses(entries)).toEqual(['409', '201', '201']);
    expect(entries[0]?.response?.detail).toMatch(/was made, but without .* holds this group/);
    const membersOf = async (entry: Entry | undefined) =>
      (await read<{ members: { value: string; type: string }[] }>(entry)).members.map(({ value }) => value);
    expect(await membersOf(entries[0])).toEqual([idOf(entries[2])]);
    expect(await membersOf(entries[1])).toEqual([idOf(entries[0])]);
  });

  it('makes groups in groups that are made in the same request, in whatever order', async () => {
    const entries = await bulk([group('Whole', 'Half'), group('Half', 'wes'), user('wes')]);
    expect(statuses(entries)).toEqual(['201', '201', '201']);
    expect(await read(entries[2])).toMatchObject({
      groups: [
        { value: idOf(entries[1]), type: 'direct' },
        { value: idOf(entries[0]), type: 'indirect' },
      ],
    });
  });

  it('goes on after a failure, and tells each in its place', async () => {
    const [ada] = await bulk([user('ada')]);
    const entries = await bulk([
      user('ada'),
      group('Failed', 'ada'),
      group('Unknown', 'nobody'),
      user('bad', { shoeSize: 43 }),
      { method: 'DELETE', path: `/Users/${NOBODY}` },
      { method: 'PUT', path: '/Things/1', data: {} },
      { ...patch(`/Users/${idOf(ada)}`, { op: 'replace', path: 'title', value: 'x' }), version: 'W/"99"' },
      { ...patch(`/Users/${idOf(ada)}`, { op: 'replace', path: 'title', value: 'x' }), version: ada?.version },
      user('bea'),
    ]);
    expect(statuses(entries)).toEqual(['409', '409', '400', '400', '404', '404', '412', '200', '201']);
    expect(entries.map(({ response }) => response?.scimType)).toMatchObject([
      'uniqueness',
      undefined,
      'invalidValue',
      'invalidSyntax',
    ]);
    for (const { response, status } of entries.slice(0, 7)) {
      expect(response).toMatchObject({ status, detail: expect.stringMatching(/.{20}/) });
    }
  });

  it('stops at failOnErrors', async () => {
    const entries = await bulk([user('cid'), user('cid2', { active: 'maybe' }), user('cleo')], { failOnErrors: 1 });
    expect(statuses(entries)).toEqual(['201', '400']);
    expect(await team.billable()).not.toContain('cleo@example.com');
  });

  it('sent again, people are 409 and nothing is made twice', async () => {
    const request = [user('dora'), group('Again', 'dora')];
    expect(statuses(await bulk(request))).toEqual(['201', '201']);
    expect(statuses(await bulk(request))).toEqual(['409', '409']);
    expect((await team.billable()).filter((name) => name.startsWith('dora'))).toHaveLength(1);
  });

  it('a connection for users only gets 403 for each operation on groups', async () => {
    const users = await system.createTeam('users');
    const entries = await bulk([user('eve'), group('Eve', 'eve')], {}, users.token);
    expect(statuses(entries)).toEqual(['201', '403']);
    expect(entries[1]?.response?.detail).toMatch(/users only/);
  });
});

describe('seats', () => {
  it('are of people who are active, whatever groups are in groups', async () => {
    const other = await system.createTeam();
    const made = await bulk(
      [user('sam'), user('sue'), group('Low', 'sam', 'sue'), group('Mid', 'Low')],
      {},
      other.token,
    );
    const [sam, , low, mid] = made.map(idOf);
    const member = (id?: string) => ({ op: 'add', path: 'members', value: [{ value: id }] });
    const entries = await bulk(
      [
        { ...group('Top'), data: { ...group('Top').data, members: [{ value: mid }, { value: sam }] } },
        patch('/Groups/bulkId:Top', { op: 'remove', path: `members[value eq "${mid}"]` }),
        patch('/Groups/bulkId:Top', member(low)),
        { method: 'DELETE', path: `/Groups/${mid}` },
        patch(`/Users/${sam}`, { op: 'replace', path: 'active', value: false }),
        user('una'),
      ],
      {},
      other.token,
    );
    expect(statuses(entries)).toEqual(['201', '204', '204', '204', '200', '201']);
    await eventually(async () => {
      const { lines } = await other.ledger();
      expect(lines.map(({ kind, inUse }) => `${kind} ${inUse}`)).toEqual([
        ...['occupied 1', 'occupied 2', 'released 1', 'occupied 2'],
      ]);
    });
  });
});

describe('a bulk request that is refused as a whole changes nothing', () => {
  const large = (bytes: number) => `"${'x'.repeat(bytes)}"`;
  it.each<[string, number, RegExp, () => unknown]>([
    ['more than 1,000 operations', 413, /maxOperations, 1000/, () => request(Array(1_001).fill(user('x')))],
    ['a body over 1 MB', 413, /maxPayloadSize, 1048576/, () => large(1_048_576)],
    ['a body over 10 MB', 413, /maxPayloadSize, 1048576/, () => large(11_000_000)],
    ['no operations', 400, /Operations/, () => request([])],
    ['a bulkId twice', 400, /bulkId/, () => request([user('fay'), user('fay')])],
    ['a method that changes nothing', 400, /method/, () => request([user('fay'), { method: 'GET', path: '/Users/1' }])],
    ['failOnErrors 0', 400, /failOnErrors/, () => ({ ...request([user('fay')]), failOnErrors: 0 })],
  ])('%s: %i', async (_, status, detail, body) => {
    const before = await team.billable();
    const response = await send('POST', bulkUrl(), body());
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ status: String(status), detail: expect.stringMatching(detail) }),
    ]);
    expect(await team.billable()).toEqual(before);
  });

  it('GET: 405 with Allow', async () => {
    const response = await send('GET', bulkUrl());
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

function request(Operations: object[]) {
  return { schemas: [BULK_REQUEST], Operations };
}

function idOf(entry: Entry | undefined): string {
  return entry?.location?.split('/').at(-1) ?? '';
}
