import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakedProvider, type Scripted, scimError } from '../test/faked-provider.ts';
import { OktaTask } from './task.ts';
import { type Credentials, type Exchange, ScimTransport, type TransportOptions } from './transport.ts';

const basic: Credentials = { mode: 'basic', username: 'acme', token: 's3cret' };

describe('ScimTransport', () => {
  let provider: FakedProvider;
  let transport: ScimTransport;
  let exchanges: Exchange[];
  let slept: number[];

  function open(more: Partial<TransportOptions> = {}): ScimTransport {
    transport?.close();
    transport = new ScimTransport({
      baseUrl: provider.baseUrl,
      credentials: basic,
      onExchange: (exchange) => exchanges.push(exchange),
      sleep: async (ms) => slept.push(ms),
      ...more,
    });
    return transport;
  }

  async function failure(...answers: Scripted[]): Promise<OktaTask> {
    provider.script.push(...answers);
    const task = await transport.request('GET', '/Users/1').catch((error: unknown) => error);
    if (!(task instanceof OktaTask)) throw new Error('no task');
    return task;
  }

  beforeEach(async () => {
    provider = new FakedProvider();
    exchanges = [];
    slept = [];
    await provider.start();
    open();
  });

  afterEach(async () => {
    transport.close();
    await provider.stop();
  });

  it('sends the headers Okta sends, in its order, with a Content-Type only beside a body', async () => {
    provider.script.push({ status: 200, body: {} }, { status: 200, body: {} });
    await transport.request('GET', '/Users?startIndex=1&count=2');
    await transport.request('POST', '/Users', { name: 'Zoë' });
    const host = provider.origin.replace('http://', '');
    const authorization = `Basic ${Buffer.from('acme:s3cret').toString('base64')}`;
    expect(provider.lines).toEqual(['GET /Users?startIndex=1&count=2', 'POST /Users']);
    expect(provider.received[0]?.rawHeaders).toEqual(
      [
        ['Accept', 'application/scim+json'],
        ['Accept-Charset', 'utf-8'],
        ['User-Agent', 'Okta SCIM Client 1.0.0'],
        ['Authorization', authorization],
        ['Host', host],
        ['Connection', 'Keep-Alive'],
        ['Accept-Encoding', 'gzip,deflate'],
      ].flat(),
    );
    expect(provider.received[1]?.rawHeaders).toEqual(
      [
        ['Accept', 'application/scim+json'],
        ['Accept-Charset', 'utf-8'],
        ['Content-Type', 'application/scim+json; charset=utf-8'],
        ['User-Agent', 'Okta SCIM Client 1.0.0'],
        ['Authorization', authorization],
        ['Content-Length', '15'],
        ['Host', host],
        ['Connection', 'Keep-Alive'],
        ['Accept-Encoding', 'gzip,deflate'],
      ].flat(),
    );
  });

  it.each<[Credentials, string]>([
    [{ mode: 'basic', username: 'acme', token: 'tök:en' }, `Basic ${Buffer.from('acme:tök:en').toString('base64')}`],
    [{ mode: 'bearer', token: 's3cret' }, 'Bearer s3cret'],
    [{ mode: 'header', token: 's3cret' }, 's3cret'],
    [{ mode: 'bearer-pair', username: 'acme', token: 's3cret' }, 'Bearer acme:s3cret'],
  ])('authenticates with %j', async (credentials, expected) => {
    open({ credentials });
    provider.script.push({ status: 200, body: {} });
    await transport.request('GET', '/Users');
    expect(provider.received[0]?.headers.authorization).toBe(expected);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ])('decodes %s', async (encoding, pack) => {
    const headers = { 'Content-Encoding': encoding };
    provider.script.push({ status: 200, headers, body: pack(Buffer.from('{"id":"ä"}')) });
    expect((await transport.request('GET', '/Users/1')).body).toEqual({ id: 'ä' });
  });

  it('reports bytes that do not unpack', async () => {
    const task = await failure({ status: 200, headers: { 'Content-Encoding': 'gzip' }, body: '{}' });
    expect(task.detail).toMatch(/incorrect header check/);
  });

  it('records every exchange without the credentials', async () => {
    provider.script.push({ status: 200, headers: { 'X-Request-Id': 'r-1' }, body: { id: '1' } });
    await transport.request('PUT', '/Users/1', { userName: 'a@example.com' });
    expect(exchanges).toEqual([
      expect.objectContaining({
        method: 'PUT',
        path: '/Users/1',
        status: 200,
        attempt: 1,
        ms: expect.any(Number),
        requestBody: { userName: 'a@example.com' },
        responseBody: { id: '1' },
        requestId: 'r-1',
      }),
    ]);
    expect(JSON.stringify(exchanges)).not.toContain(Buffer.from('acme:s3cret').toString('base64'));
  });

  it('waits as an integer Retry-After says, then goes on', async () => {
    const busy = { ...scimError(429), headers: { 'Retry-After': '7' } };
    provider.script.push(busy, busy, { status: 200, body: { id: '1' } });
    expect((await transport.request('GET', '/Users/1')).status).toBe(200);
    expect(slept).toEqual([7000, 7000]);
    expect(exchanges.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 429],
      [2, 429],
      [3, 200],
    ]);
  });

  it.each([[undefined], ['1.5'], ['Wed, 21 Oct 2026 07:28:00 GMT']])(
    'waits five minutes and doubles when Retry-After is %s, ten tries in all',
    async (value) => {
      const headers: Record<string, string> = value === undefined ? {} : { 'Retry-After': value };
      const busy = { ...scimError(429), headers };
      const task = await failure(...Array<Scripted>(12).fill(busy));
      const minutes = slept.map((ms) => ms / 60_000);
      expect(minutes).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280]);
      expect(task.status).toBe(429);
      expect(provider.received).toHaveLength(10);
    },
  );

  it('puts any other SCIM error on the Tasks page at once', async () => {
    const task = await failure({ ...scimError(409, 'uniqueness'), headers: { 'X-Request-Id': 'r-2' } });
    expect(task).toMatchObject({ status: 409, scimType: 'uniqueness', detail: 'said 409', requestId: 'r-2' });
    expect(task.message).toBe('GET /Users/1: 409 uniqueness: said 409');
    expect((await failure({ ...scimError(503), headers: { 'Retry-After': '1' } })).status).toBe(503);
    expect(provider.received).toHaveLength(2);
    expect(slept).toEqual([]);
  });

  const html = { 'Content-Type': 'text/html' };
  const errorSchemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
  it.each<[string, Scripted, RegExp]>([
    [
      'an HTML error page',
      { status: 502, headers: html, body: '<h1>Bad\n gateway' },
      /not JSON.*text\/html.*<h1>Bad gateway/,
    ],
    ['an HTML page with 200', { status: 200, headers: html, body: '<p>hello' }, /not JSON/],
    ['an HTML page with 429', { status: 429, headers: html, body: '<p>slow down' }, /not JSON/],
    ['JSON with another label', { status: 200, headers: html, body: '{}' }, /Content-Type is text\/html/],
    ['an error without a body', { status: 500 }, /no body/],
    ['a redirect', { status: 302, headers: { Location: '/login' } }, /no body/],
    ['JSON of a framework', { status: 404, body: { statusCode: 404, message: 'no' } }, /does not name the schema/],
    ['a number as status', { status: 404, body: { schemas: errorSchemas, status: 404 } }, /number, not a string/],
    ['another status', { status: 404, body: { schemas: errorSchemas, status: '400' } }, /"400", the answer's is 404/],
    [
      'an unknown scimType',
      { status: 400, body: { schemas: errorSchemas, status: '400', scimType: 'oops' } },
      /"oops"/,
    ],
  ])('reports %s', async (_, answer, expected) => {
    expect((await failure(answer)).detail).toMatch(expected);
    expect(exchanges.at(-1)?.fault).toMatch(expected);
    expect(slept).toEqual([]);
  });

  it('reports a service that cannot be reached and one that is silent', async () => {
    open({ baseUrl: 'http://127.0.0.1:1/scim/v2' });
    expect(await failure()).toMatchObject({ status: 0, detail: expect.stringContaining('ECONNREFUSED') });
    open({ timeoutMs: 5 });
    expect(await failure({ status: 0 })).toMatchObject({ status: 0, detail: 'no answer within 0.005 s' });
    expect(provider.received.length).toBeLessThan(2);
  });
});
