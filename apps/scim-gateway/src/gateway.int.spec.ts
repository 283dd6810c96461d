import { once } from 'node:events';
import { connect as openSocket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { CONNECTIONS, type ConnectionIdentity, type Scope } from '#directory-api/connections';
import type { TenantSchemas } from '#directory-api/schemas';
import { GROUPS, USERS } from '#directory-api/scim-command';
import { issueToken } from '#directory-api/token';
import { CONNECTION_CHANGED } from '#events/connection-changed.v1';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import type { ScimRequestHandled } from '#events/scim-request-handled.v1';
import { Answer } from '#rabbit/answer';
import { type AnswerHead, bundle, type CommandHead, unbundle } from '#rabbit/bundle';
import { DIRECTORY_COMMANDS, DIRECTORY_EVENTS, declareCommandQueue, SCIM_REQUESTS } from '#rabbit/topology';
import { isId, newId } from '#runtime/ids';
import type { Running } from '#runtime/start';
import { BULK_REQUEST_URN } from '#scim/bulk';
import { ERROR_SCHEMA, ScimError } from '#scim/error';
import { GROUP_URN } from '#scim/group';
import { listResponse, SEARCH_REQUEST_URN } from '#scim/list';
import { PATCH_OP_URN } from '#scim/patch';
import { readSchema } from '#scim/schema-definition';
import { USER_URN } from '#scim/user';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { Env } from './env.ts';
import { startGateway } from './gateway.ts';

const SCIM_JSON = 'application/scim+json; charset=utf-8';
const tenantId = newId();
const connectionId = newId();
const { token } = issueToken(tenantId);

interface Asked {
  commandId: string;
  pattern: string;
  requestId: string;
  command: Record<string, unknown>;
}

/** Plays the directory: takes commands from the real queue and answers as the test says; undefined is no answer. */
class DirectoryStandIn {
  readonly asked: Asked[] = [];
  private readonly answers = new Map<string, Answer | Promise<Answer> | undefined>();

  private constructor(
    private readonly model: ChannelModel,
    private readonly channel: Channel,
  ) {}

  static async open(url: string): Promise<DirectoryStandIn> {
    const model = await connect(url);
    const directory = new DirectoryStandIn(model, await model.createChannel());
    await directory.takeCommands();
    return directory;
  }

  answer(pattern: string, answer: Answer | Promise<Answer> | undefined) {
    this.answers.set(pattern, answer);
  }

  identify(scope: Scope = 'users_and_groups', schemas?: TenantSchemas) {
    const identity: ConnectionIdentity = {
      tenantId,
      connectionId,
      scope,
      dialect: 'auto',
      ...(schemas && { schemas }),
    };
    this.answer(CONNECTIONS.authenticate, Answer.json(200, identity));
  }

  count(pattern: string): number {
    return this.asked.filter((asked) => asked.pattern === pattern).length;
  }

  private async takeCommands() {
    await declareCommandQueue(this.channel, DIRECTORY_COMMANDS);
    await this.channel.consume(
      DIRECTORY_COMMANDS,
      (message) => {
        if (!message) return;
        for (const { head, content } of unbundle<CommandHead>(message.content)) {
          this.asked.push({
            commandId: head.commandId,
            pattern: head.pattern,
            requestId: head.requestId ?? '',
            command: JSON.parse(content.toString()),
          });
          void this.reply(message.properties.replyTo, head);
        }
      },
      { noAck: true },
    );
  }

  private async reply(replyTo: string, { id, pattern }: CommandHead) {
    const answer = await this.answers.get(pattern);
    if (!answer) return;
    const head: AnswerHead = { id, status: answer.status, headers: answer.headers };
    this.channel.sendToQueue(replyTo, bundle([{ head, content: Buffer.from(answer.content) }]));
  }

  /** As after a long absence: its queue is gone. */
  async leave() {
    await this.channel.deleteQueue(DIRECTORY_COMMANDS);
  }

  /** What the gateway tells of its requests from now on. */
  async hearRecords(): Promise<CloudEvent<ScimRequestHandled>[]> {
    const records: CloudEvent<ScimRequestHandled>[] = [];
    const { queue } = await this.channel.assertQueue('', { exclusive: true });
    await this.channel.bindQueue(queue, SCIM_REQUESTS, '#');
    await this.channel.consume(queue, (message) => message && records.push(JSON.parse(message.content.toString())), {
      noAck: true,
    });
    return records;
  }

  tellConnectionChanged() {
    const event = cloudEvent({
      source: 'rollcall/directory',
      type: CONNECTION_CHANGED,
      tenantId,
      subject: `connections/${connectionId}`,
      version: 2,
      time: new Date(),
      cause: { commandId: newId(), requestId: 'r', actor: 'operator' },
      data: { connectionId, enabled: false, scope: 'users' },
    });
    this.channel.publish(DIRECTORY_EVENTS, CONNECTION_CHANGED, Buffer.from(JSON.stringify(event)), {
      headers: { tenantid: tenantId },
    });
  }

  close() {
    return this.model.close();
  }
}

let vhost: TestVhost;
let gateway: Running;
let directory: DirectoryStandIn;

const start = (settings: Partial<Env> = {}) =>
  startGateway(Object.assign(new Env(), { AMQP_URL: vhost.url, PORT: 0 } satisfies Partial<Env>, settings));

beforeAll(async () => {
  vhost = await createVhost();
});
afterAll(() => vhost.drop());

beforeEach(async () => {
  gateway = await start();
  directory = await DirectoryStandIn.open(vhost.url);
  directory.identify();
});
afterEach(async () => {
  await gateway.close();
  await directory.close();
});

interface Sent {
  method?: string;
  headers?: Record<string, string | undefined>;
  body?: unknown;
}

function send(path: string, { method = 'GET', headers, body }: Sent = {}) {
  const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  return fetch(`${gateway.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': SCIM_JSON }),
      ...(headers as Record<string, string>),
    },
    ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
  });
}

async function expectScimError(response: Response, status: number): Promise<{ scimType?: string; detail: string }> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe(SCIM_JSON);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  const body = (await response.json()) as { scimType?: string; detail: string };
  expect(body).toMatchObject({ schemas: [ERROR_SCHEMA], status: String(status), detail: expect.any(String) });
  expect(body.detail).toContain(response.headers.get('x-request-id'));
  return body;
}

/** Writes bytes to the port as they are and gives what comes back until the other side closes. */
async function exchange(text: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = openSocket(Number(port), hostname);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    received += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  return received;
}

const ada = { schemas: [USER_URN], userName: 'ada@example.com' };

describe('credentials', () => {
  it.each(['', 'Bearer nothing', `Basic ${btoa('a:b')}`])('%j are refused with a challenge', async (authorization) => {
    const response = await send('/scim/v2/Users', { headers: { authorization } });
    const { detail } = await expectScimError(response, 401);
    expect(detail).toContain('SCIM is turned on');
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="SCIM", Bearer realm="SCIM"');
    expect(directory.asked).toEqual([]);
  });

  it('that the directory does not know are refused', async () => {
    directory.answer(CONNECTIONS.authenticate, Answer.json(401, {}));
    await expectScimError(await send('/scim/v2/Users'), 401);
    await expectScimError(await send('/scim/v2/ServiceProviderConfig'), 401);
    expect(directory.count(CONNECTIONS.authenticate)).toBe(2);
  });

  it('are refused before the body is looked at', async () => {
    const response = await send('/scim/v2/Users', { method: 'POST', headers: { authorization: '' }, body: '{' });
    await expectScimError(response, 401);
  });

  it('are asked about once, until the connection changes', async () => {
    expect((await send('/scim/v2/ResourceTypes')).status).toBe(200);
    expect((await send('/scim/v2/ResourceTypes')).status).toBe(200);
    expect(directory.count(CONNECTIONS.authenticate)).toBe(1);
    directory.answer(CONNECTIONS.authenticate, Answer.json(401, {}));
    directory.tellConnectionChanged();
    await eventually(async () => expect((await send('/scim/v2/ResourceTypes')).status).toBe(401));
  });
});

describe('a request', () => {
  it('becomes a command and gets the answer byte for byte', async () => {
    const content = '{ "id" : "1",\n "displayName":"Grüße" }';
    directory.answer(USERS.create, new Answer(201, content, { etag: 'W/"1"', location: 'http://x/Users/1' }));
    const response = await send('/scim/v2/Users?excludedAttributes=name,%20emails', {
      method: 'POST',
      headers: { 'user-agent': 'Okta SCIM Client 1.0.0', 'x-request-id': 'okta-7' },
      body: { ...ada, password: 'never', displayName: 'Grüße' },
    });
    expect(response.status).toBe(201);
    expect(await response.text()).toBe(content);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': SCIM_JSON,
      etag: 'W/"1"',
      location: 'http://x/Users/1',
      'x-request-id': 'okta-7',
    });
    expect(directory.asked.at(-1)).toEqual({
      commandId: expect.any(String),
      pattern: USERS.create,
      requestId: 'okta-7',
      command: {
        tenantId,
        connectionId,
        baseUrl: `${gateway.url}/scim/v2`,
        dialect: 'okta',
        excludedAttributes: ['name', 'emails'],
        resource: { ...ada, displayName: 'Grüße' },
      },
    });
  });

  it('to list carries the filter, which is known to parse', async () => {
    directory.answer(USERS.list, Answer.json(200, {}));
    await send('/scim/v2/Users/?filter=userName+eq+%22a%2Bb%40x.com%22&startIndex=0&count=2&attributes=id');
    expect(directory.asked.at(-1)?.command).toMatchObject({
      filter: 'userName eq "a+b@x.com"',
      startIndex: 1,
      count: 2,
      attributes: ['id'],
    });
    const refused = await expectScimError(await send('/scim/v2/Users?filter=userName+is+1'), 400);
    expect(refused.scimType).toBe('invalidFilter');
    expect(directory.count(USERS.list)).toBe(1);
  });

  it.each([
    ['GET', USERS.get, 'if-none-match', { ifNoneMatch: 'W/"1"' }],
    ['DELETE', USERS.delete, 'if-match', { ifMatch: 'W/"1"' }],
    ['PUT', USERS.replace, 'if-match', { ifMatch: 'W/"1"', resource: ada }],
    ['DELETE', USERS.delete, 'if-none-match', { ifNoneMatch: 'W/"1"' }],
  ])('to %s one carries id and precondition', async (method, pattern, header, expected) => {
    directory.answer(pattern, new Answer(204));
    const body = method === 'PUT' ? { ...ada, id: 'ignored', meta: {} } : undefined;
    const response = await send('/scim/v2/Users/a%20b', { method, headers: { [header]: 'W/"1"' }, body });
    expect(response.status).toBe(204);
    expect(response.headers.get('content-type')).toBeNull();
    expect(directory.asked.at(-1)?.command).toMatchObject({ id: 'a b', ...expected });
  });

  it('to patch carries the body as it came, and is checked', async () => {
    directory.answer(GROUPS.patch, Answer.json(200, {}));
    const patch = { schemas: [PATCH_OP_URN], Operations: [{ op: 'Add', path: 'members', value: [{ value: '1' }] }] };
    expect((await send('/scim/v2/Groups/1', { method: 'PATCH', body: patch })).status).toBe(200);
    expect(directory.asked.at(-1)?.command).toMatchObject({ id: '1', patch });
    const noPath = { schemas: [PATCH_OP_URN], Operations: [{ op: 'remove' }] };
    const refused = await expectScimError(await send('/scim/v2/Groups/1', { method: 'PATCH', body: noPath }), 400);
    expect(refused.scimType).toBe('noTarget');
  });

  it("passes the directory's 304 and errors through, and makes what is not SCIM a SCIM error", async () => {
    directory.answer(USERS.get, new Answer(304, '', { etag: 'W/"2"' }));
    const unchanged = await send('/scim/v2/Users/1');
    expect([unchanged.status, unchanged.headers.get('etag')]).toEqual([304, 'W/"2"']);

    const taken = new ScimError(409, 'taken', 'uniqueness').toBody();
    directory.answer(USERS.create, Answer.json(409, taken));
    const conflict = await send('/scim/v2/Users', { method: 'POST', body: ada });
    const detail = `taken (request id ${conflict.headers.get('x-request-id')})`;
    expect([conflict.status, await conflict.json()]).toEqual([409, { ...taken, detail }]);

    directory.answer(USERS.get, Answer.json(503, new ScimError(503, 'away').toBody(), { 'retry-after': '5' }));
    const away = await send('/scim/v2/Users/1');
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);

    directory.answer(USERS.get, Answer.json(501, { detail: 'Nobody here' }));
    await expectScimError(await send('/scim/v2/Users/1'), 501);
  });

  it('gets a request id of ours where its own is not sane', async () => {
    const response = await send('/health/live', { headers: { 'x-request-id': 'no spaces please' } });
    expect(isId(response.headers.get('x-request-id'))).toBe(true);
  });
});

describe('a body', () => {
  const post = (body: unknown, headers?: Record<string, string | undefined>) =>
    send('/scim/v2/Users', { method: 'POST', body, headers });

  beforeEach(() => directory.answer(USERS.create, Answer.json(201, {})));

  it.each(['application/json', 'application/scim+json;charset=UTF-8', 'application/json; charset="utf-8"'])(
    'may be %s, with a byte order mark or without',
    async (type) => {
      const headers = { 'content-type': type };
      expect((await post(JSON.stringify(ada), headers)).status).toBe(201);
      expect((await post(`\uFEFF${JSON.stringify(ada)}`, headers)).status).toBe(201);
    },
  );

  it.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/json; charset=iso-8859-1' },
    { 'content-type': 'nonsense' },
    { 'content-encoding': 'br' },
    { 'content-encoding': 'gzip, gzip' },
  ])('of %j is 415', async (headers) => {
    await expectScimError(await post(JSON.stringify(ada), headers), 415);
  });

  it.each([
    ['not JSON', '{"userName"', 'invalidSyntax'],
    ['empty', '', 'invalidSyntax'],
    ['not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'invalidSyntax'],
    ['no object', '[]', 'invalidSyntax'],
    ['poisoned', '{"__proto__":{}}', 'invalidSyntax'],
    ['incomplete', JSON.stringify({ schemas: [USER_URN] }), 'invalidValue'],
    ['holding NUL', JSON.stringify({ ...ada, title: '\u0000' }), 'invalidValue'],
  ])('that is %s is 400', async (_, body, scimType) => {
    expect((await expectScimError(await post(body), 400)).scimType).toBe(scimType);
  });

  it('is missing altogether: 400', async () => {
    for (const [method, path] of [
      ['POST', '/scim/v2/Users'],
      ['PUT', '/scim/v2/Users/1'],
      ['PATCH', '/scim/v2/Users/1'],
    ] as const) {
      expect((await expectScimError(await send(path, { method }), 400)).scimType).toBe('invalidSyntax');
    }
  });

  it('of ten megabytes is taken, a larger one is 413 and told the limit', async () => {
    const limit = 10 * 1024 * 1024;
    const padded = (size: number) => JSON.stringify(ada).padEnd(size, ' ');
    expect((await post(padded(limit))).status).toBe(201);
    const { detail } = await expectScimError(await post(padded(limit + 1)), 413);
    expect(detail).toContain('10485760 bytes');
  });

  describe('in gzip', () => {
    const gzip = { 'content-encoding': 'gzip' };

    it('is read', async () => {
      expect((await post(gzipSync(JSON.stringify(ada)), gzip)).status).toBe(201);
      expect(directory.asked.at(-1)?.command).toMatchObject({ resource: ada });
      expect((await post(gzipSync(JSON.stringify(ada)), { 'content-encoding': 'X-GZIP' })).status).toBe(201);
    });

    it('may unpack to the limit; a bomb is 413 and kept out of memory', async () => {
      const limit = 10 * 1024 * 1024;
      expect((await post(gzipSync(JSON.stringify(ada).padEnd(limit, ' ')), gzip)).status).toBe(201);
      const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, ' '));
      const before = process.memoryUsage().rss;
      const { detail } = await expectScimError(await post(bomb, gzip), 413);
      expect(detail).toContain('10485760 bytes');
      expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    });

    it.each([
      ['truncated', gzipSync(JSON.stringify(ada)).subarray(0, -9)],
      ['not gzip at all', Buffer.from(JSON.stringify(ada))],
      ['damaged', gzipSync(JSON.stringify(ada)).fill(7, 12)],
    ])('but %s is 400', async (_, body) => {
      expect((await expectScimError(await post(body, gzip), 400)).scimType).toBe('invalidSyntax');
    });
  });

  it('of a DELETE is of no interest', async () => {
    directory.answer(USERS.delete, new Answer(204));
    expect((await send('/scim/v2/Users/1', { method: 'DELETE', body: '' })).status).toBe(204);
  });
});

describe('a request that leads nowhere', () => {
  it.each(['/', '/scim', '/scim/v2/Nothing', '/scim/v2/users', '/scim/v2/Users/1/2'])('%s is 404', async (path) => {
    await expectScimError(await send(path), 404);
  });

  it.each([
    ['', 'GET, HEAD'],
    ['/.search', 'POST'],
    ['/Users', 'GET, HEAD, POST'],
    ['/Users/.search', 'POST'],
    ['/Users/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['/Groups/', 'GET, HEAD, POST'],
    ['/Groups/.search/', 'POST'],
    ['/Groups/1?attributes=id', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['/ServiceProviderConfig', 'GET, HEAD'],
    ['/ResourceTypes', 'GET, HEAD'],
    ['/ResourceTypes/User', 'GET, HEAD'],
    ['/Schemas', 'GET, HEAD'],
    [`/Schemas/${USER_URN}`, 'GET, HEAD'],
  ])('by its method is 405 with Allow: %s', async (path, allow) => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
    for (const method of methods.filter((name) => !allow.split(', ').includes(name))) {
      const url = `/scim/v2${path}`;
      const sent = await exchange(
        `${method} ${url} HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\nConnection: close\r\n\r\n`,
      );
      expect(sent).toMatch(/^HTTP\/1.1 405 /);
      expect(sent.toLowerCase()).toContain(`\r\nallow: ${allow.toLowerCase()}\r\n`);
      if (method !== 'HEAD') expect(sent).toContain(ERROR_SCHEMA);
    }
    expect(directory.asked.filter(({ pattern }) => pattern !== CONNECTIONS.authenticate)).toEqual([]);
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s /Me is 501', async (method) => {
    await expectScimError(await send('/scim/v2/Me', { method }), 501);
  });

  it.each([
    ['a malformed escape', 'GET /scim/v2/Users/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    [
      'a URL of 17 kB',
      `GET /scim/v2/Users?filter=${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      414,
    ],
    ['an endless id', `GET /scim/v2/Users/${'x'.repeat(300)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 414],
    ['endless headers', `GET / HTTP/1.1\r\nHost: x\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['an odd wish', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n', 404],
    ['no HTTP', 'HELO\r\n\r\n', 400],
    ['no Host', `GET /scim/v2/Users HTTP/1.1\r\nAuthorization: ${token}\r\nConnection: close\r\n\r\n`, 400],
    ['another version', 'GET /scim/v2/Users HTTP/9.9\r\nHost: x\r\n\r\n', 400],
  ])('for %s gets a SCIM error as well', async (_, text, status) => {
    const [head = '', body = ''] = (await exchange(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain(`content-type: ${SCIM_JSON}`);
    expect(head.toLowerCase()).toContain('x-request-id: ');
    expect(JSON.parse(body)).toMatchObject({ schemas: [ERROR_SCHEMA], status: String(status) });
  });
});

describe('HEAD', () => {
  it.each([
    '',
    '/Users',
    '/Users/1',
    '/Groups',
    '/Groups/1',
    '/Schemas',
    '/ResourceTypes/User',
    '/ServiceProviderConfig',
  ])('is where GET is: %s', async (path) => {
    const list = Answer.json(200, listResponse({ totalResults: 0, startIndex: 1, resources: [] }));
    for (const pattern of [USERS.list, USERS.get, GROUPS.list, GROUPS.get]) directory.answer(pattern, list);
    const response = await send(`/scim/v2${path}`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-type')).toBe(SCIM_JSON);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
  });
});

describe('a search', () => {
  const search = (path: string, parameters: object) =>
    send(`/scim/v2${path}/.search`, { method: 'POST', body: { schemas: [SEARCH_REQUEST_URN], ...parameters } });

  it.each([
    ['/Users', USERS.list],
    ['/Groups', GROUPS.list],
  ])('of %s is a list whose query is in the body', async (path, pattern) => {
    directory.answer(pattern, Answer.json(200, { Resources: [] }));
    const parameters = { filter: 'id pr', startIndex: 3, count: 7, attributes: ['id', 'displayName'] };
    const response = await search(`${path}`, parameters);
    expect([response.status, await response.json()]).toEqual([200, { Resources: [] }]);
    expect(directory.asked.at(-1)).toMatchObject({ pattern, command: parameters });
  });

  it.each([
    ['no SearchRequest', { schemas: [USER_URN] }, 'invalidSyntax'],
    ['a bad filter', { filter: 'userName eq' }, 'invalidFilter'],
    ['a filter of 20 kB', { filter: `userName eq "${'x'.repeat(20_000)}"` }, 'invalidFilter'],
    ['5,000 parentheses', { filter: `${'('.repeat(5_000)}id pr${')'.repeat(5_000)}` }, 'invalidFilter'],
    ['100 kB of spaces', { filter: ' '.repeat(100_000) }, 'invalidFilter'],
    ['a poisoned name', { filter: '__proto__.polluted eq "x"' }, 'invalidFilter'],
    ['a constructor', { filter: 'constructor pr' }, 'invalidFilter'],
    ['a prototype', { filter: 'emails[prototype eq "x"]' }, 'invalidFilter'],
    ['startIndex 1.5', { startIndex: 1.5 }, 'invalidValue'],
    ['startIndex beyond bigint', { startIndex: 2 ** 64 }, 'invalidValue'],
    ['a count that is a list', { count: [1] }, 'invalidValue'],
  ])('of %s is 400, however large', async (_, parameters, scimType) => {
    await send('/scim/v2/ResourceTypes');
    for (const path of ['', '/Users']) {
      const start = performance.now();
      const response = await search(path, parameters);
      expect(performance.now() - start).toBeLessThan(10_000);
      expect((await expectScimError(response, 400)).scimType).toBe(scimType);
    }
  });
});

describe('the root', () => {
  const page = (totalResults: number, ...ids: string[]) =>
    Answer.json(200, listResponse({ totalResults, startIndex: 1, resources: ids.map((id) => ({ id })) }));

  const asked = () =>
    directory.asked.slice(1).map(({ pattern, command }) => [pattern, command.startIndex, command.count]);

  it.each([
    ['within the users', 1, 2, ['u1', 'u2'], [], [1, 2], [1, 0]],
    ['across the two', 3, 4, ['u3'], ['g1', 'g2'], [3, 4], [1, 3]],
    ['within the groups', 5, 4, [], ['g2'], [5, 4], [2, 4]],
  ])('is one list of users and groups: %s', async (_, startIndex, count, users, groups, ofUsers, ofGroups) => {
    directory.answer(USERS.list, page(3, ...users));
    directory.answer(GROUPS.list, page(2, ...groups));
    const response = await send(`/scim/v2?startIndex=${startIndex}&count=${count}&filter=id+pr`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(
      listResponse({ totalResults: 5, startIndex, resources: [...users, ...groups].map((id) => ({ id })) }),
    );
    expect(asked()).toEqual([
      [USERS.list, ...ofUsers],
      [GROUPS.list, ...ofGroups],
    ]);
  });

  it('asks those types only that have what the filter names', async () => {
    directory.answer(USERS.list, page(1, 'u'));
    const response = await send('/scim/v2/?filter=userName+eq+%22x%22');
    expect(await response.json()).toMatchObject({ totalResults: 1, Resources: [{ id: 'u' }] });
    expect(asked().map(([pattern]) => pattern)).toEqual([USERS.list]);
    const refused = await expectScimError(await send('/scim/v2?filter=shoeSize+eq+1'), 400);
    expect(refused.scimType).toBe('invalidFilter');
  });

  it('is users alone for a connection of users only', async () => {
    directory.identify('users');
    directory.answer(USERS.list, page(1, 'u'));
    expect(await (await send('/scim/v2')).json()).toMatchObject({ totalResults: 1 });
    expect(asked().map(([pattern]) => pattern)).toEqual([USERS.list]);
  });

  it("passes a type's error on", async () => {
    directory.answer(USERS.list, page(0));
    directory.answer(GROUPS.list, Answer.json(400, new ScimError(400, 'no', 'tooMany').toBody()));
    expect((await expectScimError(await send('/scim/v2'), 400)).scimType).toBe('tooMany');
  });
});

describe('a connection of users only', () => {
  beforeEach(() => directory.identify('users'));

  it('gets 403 on groups, with the switch named', async () => {
    const body = { schemas: [GROUP_URN], displayName: 'Sales' };
    for (const sent of [{}, { method: 'POST', body }]) {
      const { detail } = await expectScimError(await send('/scim/v2/Groups', sent), 403);
      expect(detail).toContain('users and groups');
    }
    await expectScimError(await send('/scim/v2/Groups/1', { method: 'DELETE' }), 403);
  });

  it('does not find groups in discovery', async () => {
    const types = await (await send('/scim/v2/ResourceTypes')).json();
    expect(types).toMatchObject({ totalResults: 1, Resources: [{ id: 'User' }] });
    await expectScimError(await send('/scim/v2/ResourceTypes/Group'), 404);
    await expectScimError(await send(`/scim/v2/Schemas/${GROUP_URN}`), 404);
  });
});

describe('discovery', () => {
  it('tells configuration, types and schemas, as lists and one by one', async () => {
    const config = await send('/scim/v2/ServiceProviderConfig');
    expect(config.headers.get('content-type')).toBe(SCIM_JSON);
    expect(await config.json()).toMatchObject({ patch: { supported: true } });
    expect(await (await send('/scim/v2/ResourceTypes/Group')).json()).toMatchObject({ endpoint: '/Groups' });
    expect(await (await send('/scim/v2/Schemas')).json()).toMatchObject({ totalResults: 3, itemsPerPage: 3 });
    const location = `${gateway.url}/scim/v2/Schemas/${USER_URN}`;
    expect(await (await send(`/scim/v2/Schemas/${USER_URN}`)).json()).toMatchObject({ meta: { location } });
  });

  it.each(['ServiceProviderConfig', 'ResourceTypes', 'Schemas', 'ResourceTypes/User', `Schemas/${USER_URN}`])(
    'refuses a filter on %s',
    async (path) => {
      await expectScimError(await send(`/scim/v2/${path}?filter=id+pr`), 403);
    },
  );
});

describe("a tenant's own schema", () => {
  const urn = 'urn:example:scim:schemas:extension:hr:1.0:User';
  const extensions = [
    { resourceType: 'User' as const, schema: readSchema({ id: urn, name: 'HR', attributes: [{ name: 'badge' }] }) },
  ];
  const schemas = { version: newId(), extensions };
  const body = { ...ada, [urn.toUpperCase()]: { Badge: 'b1' } };

  it('is read, and the command says by which set of them', async () => {
    directory.identify('users_and_groups', schemas);
    directory.answer(USERS.create, new Answer(201, '{}'));
    directory.answer(USERS.list, Answer.json(200, {}));
    expect((await send('/scim/v2/Users', { method: 'POST', body })).status).toBe(201);
    expect(directory.asked.at(-1)?.command).toMatchObject({
      schemasVersion: schemas.version,
      resource: { schemas: [USER_URN, urn], [urn]: { badge: 'b1' } },
    });
    expect((await send(`/scim/v2/Users?filter=${urn}:badge+pr&sortBy=${urn}:badge`)).status).toBe(200);
    expect((await send(`/scim/v2/Schemas/${urn}`)).status).toBe(200);
    await expectScimError(await send(`/scim/v2/Groups?filter=${urn}:badge+pr`), 400);
  });

  it('is there and gone as the directory says, from its event on', async () => {
    await expectScimError(await send('/scim/v2/Users', { method: 'POST', body }), 400);
    await expectScimError(await send(`/scim/v2/Schemas/${urn}`), 404);
    directory.identify('users_and_groups', schemas);
    directory.tellConnectionChanged();
    await eventually(async () => expect((await send(`/scim/v2/Schemas/${urn}`)).status).toBe(200));
    directory.identify();
    directory.tellConnectionChanged();
    await eventually(async () => expect((await send(`/scim/v2/Schemas/${urn}`)).status).toBe(404));
    directory.answer(USERS.create, new Answer(201, '{}'));
    await send('/scim/v2/Users', { method: 'POST', body: ada });
    expect(directory.asked.at(-1)?.command).not.toHaveProperty('schemasVersion');
  });
});

describe('a directory that cannot answer', () => {
  it('within the deadline: 503 with Retry-After', async () => {
    await gateway.close();
    gateway = await start({ COMMAND_DEADLINE_MS: 2_000 });
    const response = await send('/scim/v2/Users/1');
    await expectScimError(response, 503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('because nobody takes commands: 503 at once', async () => {
    await gateway.close();
    gateway = await start({ COMMAND_DEADLINE_MS: 3_600_000 });
    await directory.leave();
    const response = await send('/scim/v2/Users/1');
    await expectScimError(response, 503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('because too much is on its way: 503 at once', async () => {
    await gateway.close();
    gateway = await start({ MAX_IN_FLIGHT: 1, COMMAND_DEADLINE_MS: 2_000 });
    await send('/scim/v2/ResourceTypes');
    const first = send('/scim/v2/Users/1');
    await eventually(() => expect(directory.count(USERS.get)).toBe(1));
    await expectScimError(await send('/scim/v2/Users/2'), 503);
    expect(directory.count(USERS.get)).toBe(1);
    await expectScimError(await first, 503);
  });
});

describe('a connection that asks too often', () => {
  it('gets 429 with a whole number of seconds, while others and health are answered', async () => {
    await gateway.close();
    gateway = await start({ RATE_LIMIT: 2 });
    for (const path of ['/scim/v2/ResourceTypes', '/scim/v2/Schemas']) expect((await send(path)).status).toBe(200);
    const response = await send('/scim/v2/ResourceTypes');
    expect((await expectScimError(response, 429)).detail).toContain('2 requests in a minute');
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect((await send('/health/ready')).status).toBe(200);
    const other: ConnectionIdentity = { tenantId, connectionId: newId(), scope: 'users', dialect: 'auto' };
    directory.answer(CONNECTIONS.authenticate, Answer.json(200, other));
    const authorization = `Bearer ${issueToken(tenantId).token}`;
    expect((await send('/scim/v2/ResourceTypes', { headers: { authorization } })).status).toBe(200);
  });
});

describe('health', () => {
  it('is ready with the broker', async () => {
    const response = await send('/health/ready', { headers: { authorization: '' } });
    expect([response.status, await response.json()]).toEqual([200, { ready: true, parts: { broker: true } }]);
  });
});

describe('the metrics', () => {
  it('tell how SCIM requests are answered, and of records that were dropped', async () => {
    await send('/scim/v2/ResourceTypes');
    const response = await send('/metrics', { headers: { authorization: '' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain; version=0\.0\.4/),
    ]);
    const text = await response.text();
    expect(text).toMatch(/^rollcall_scim_requests_total\{method="GET",status="200"\} \d+$/m);
    expect(text).toMatch(/^rollcall_scim_request_seconds_count\{method="GET"\} \d+$/m);
    expect(text).toMatch(/^rollcall_request_records_dropped_total \d+$/m);
    await eventually(async () =>
      expect(await (await send('/metrics')).text()).toMatch(/^rollcall_scim_requests_in_flight 0$/m),
    );
  });
});

describe('a gateway that stops', () => {
  it('answers what is in flight, and no longer holds the connection', async () => {
    await send('/scim/v2/ResourceTypes');
    const { promise, resolve } = Promise.withResolvers<Answer>();
    directory.answer(USERS.get, promise);
    const inFlight = send('/scim/v2/Users/1');
    await eventually(() => expect(directory.count(USERS.get)).toBe(1));
    const stopped = gateway.close();
    await eventually(() => expect(fetch(gateway.url)).rejects.toThrow());
    resolve(Answer.json(200, { id: '1' }));
    const response = await inFlight;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await stopped;
    gateway = await start();
  });
});

describe('the record of a request', () => {
  it('names the commands its writes sent, answered or not, and none of a read', async () => {
    await gateway.close();
    gateway = await start({ COMMAND_DEADLINE_MS: 2_000 });
    const records = await directory.hearRecords();
    directory.answer(USERS.create, new Answer(201, '{}', { location: `/Users/${newId()}` }));
    directory.answer(USERS.get, new Answer(200, '{}'));
    directory.answer(USERS.delete, undefined);
    await send('/scim/v2/Users', { method: 'POST', body: ada });
    await send('/scim/v2/Users/1');
    expect((await send('/scim/v2/Users/1', { method: 'DELETE' })).status).toBe(503);
    const operation = { method: 'POST', path: '/Users', data: ada };
    const operations = ['a', 'b'].map((bulkId) => ({ ...operation, bulkId }));
    await send('/scim/v2/Bulk', { method: 'POST', body: { schemas: [BULK_REQUEST_URN], Operations: operations } });
    await eventually(() => expect(records).toHaveLength(4));
    const sent = directory.asked
      .filter(({ pattern }) => pattern === USERS.create || pattern === USERS.delete)
      .map(({ commandId }) => commandId);
    const named = records.toSorted((a, b) => (a.time < b.time ? -1 : 1)).map(({ data }) => data.commands);
    expect(named).toEqual([sent.slice(0, 1), undefined, sent.slice(1, 2), sent.slice(2)]);
  });

  it('of refused credentials is of the connection they were meant for, with what the client is not told', async () => {
    const records = await directory.hearRecords();
    const refused = { tenantId, connectionId, dialect: 'okta', reason: 'The token was replaced.' };
    directory.answer(CONNECTIONS.authenticate, Answer.json(401, refused));
    const { detail } = await expectScimError(await send('/scim/v2/Users?filter=userName%20eq%20%22ada%22'), 401);
    expect(detail).not.toContain('replaced');
    await eventually(() => expect(records).toHaveLength(1));
    expect(records[0]).toMatchObject({
      tenantid: tenantId,
      data: { connectionId, status: 401, path: '/scim/v2/Users', detail: refused.reason, dialect: 'okta' },
    });
    expect(JSON.stringify(records)).not.toContain(token);
  });

  it('is not made of credentials that name no connection, and of others so many a minute', async () => {
    const records = await directory.hearRecords();
    directory.answer(CONNECTIONS.authenticate, Answer.json(401, new ScimError(401, 'No.').toBody()));
    await expectScimError(await send('/scim/v2/Users'), 401);
    await expectScimError(await send('/scim/v2/Users', { headers: { authorization: 'Bearer nothing' } }), 401);
    const refused = { tenantId, connectionId, dialect: 'auto', reason: 'No.' };
    directory.answer(CONNECTIONS.authenticate, Answer.json(401, refused));
    for (let count = 0; count < 70; count++) expect((await send('/scim/v2/Users')).status).toBe(401);
    directory.identify();
    directory.answer(USERS.get, new Answer(200, '{}'));
    await send('/scim/v2/Users/1');
    await eventually(() => expect(records.at(-1)?.data.status).toBe(200));
    expect(records).toHaveLength(61);
  });
});
