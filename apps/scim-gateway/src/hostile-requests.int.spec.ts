import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { CONNECTIONS, type ConnectionIdentity } from '#directory-api/connections';
import { issueToken } from '#directory-api/token';
import { Answer } from '#rabbit/answer';
import { bundle, type CommandHead, unbundle } from '#rabbit/bundle';
import { DIRECTORY_COMMANDS, declareCommandQueue } from '#rabbit/topology';
import { newId } from '#runtime/ids';
import type { Running } from '#runtime/start';
import { ERROR_SCHEMA } from '#scim/error';
import { GROUP_URN } from '#scim/group';
import { listResponse, SEARCH_REQUEST_URN } from '#scim/list';
import { PATCH_OP_URN } from '#scim/patch';
import { USER_URN } from '#scim/user';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { pick, type Random, random } from '../../../test/harness/random.ts';
import { Env } from './env.ts';
import { startGateway } from './gateway.ts';

const REQUESTS = 2_000;
const SEED = 20_260_701;
const SCIM_JSON = 'application/scim+json; charset=utf-8';

const tenantId = newId();
const { token } = issueToken(tenantId);

let vhost: TestVhost;
let gateway: Running;
let model: ChannelModel;

beforeAll(async () => {
  vhost = await createVhost();
  gateway = await startGateway(Object.assign(new Env(), { AMQP_URL: vhost.url, PORT: 0 } satisfies Partial<Env>));
  model = await connect(vhost.url);
  await playDirectory(await model.createChannel());
});
afterAll(async () => {
  await gateway.close();
  await model.close();
  await vhost.drop();
});

/** Plays a directory that agrees with whatever reaches it. */
async function playDirectory(channel: Channel) {
  const identity: ConnectionIdentity = { tenantId, connectionId: newId(), scope: 'users_and_groups', dialect: 'auto' };
  await declareCommandQueue(channel, DIRECTORY_COMMANDS);
  await channel.consume(
    DIRECTORY_COMMANDS,
    (message) => {
      if (!message) return;
      const answers = unbundle<CommandHead>(message.content).map(({ head: { id, pattern } }) => {
        const { status, content } = answerTo(pattern, identity);
        return { head: { id, status, headers: {} }, content: Buffer.from(content) };
      });
      channel.sendToQueue(message.properties.replyTo, bundle(answers));
    },
    { noAck: true },
  );
}

function answerTo(pattern: string, identity: ConnectionIdentity): Answer {
  if (pattern === CONNECTIONS.authenticate) return Answer.json(200, identity);
  if (pattern.endsWith('.list'))
    return Answer.json(200, listResponse({ totalResults: 0, startIndex: 1, resources: [] }));
  if (pattern.endsWith('.delete')) return new Answer(204);
  return Answer.json(pattern.endsWith('.create') ? 201 : 200, { schemas: [USER_URN], id: '1' });
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
const PATHS = [
  '',
  '/',
  '/.search',
  '/Me',
  '/Users',
  '/Users/',
  '/Users/1',
  '/Users/.search',
  '/Users/%00',
  '/Users/%F0%9F%92%A9',
  '/Users/%zz',
  '/Users/%ff',
  '/Users/..%2f..%2fetc',
  `/Users/${'9'.repeat(300)}`,
  '/Users/__proto__',
  '/Groups',
  '/Groups/1',
  '/Groups/.search',
  '/ServiceProviderConfig',
  '/ResourceTypes/constructor',
  '/Schemas/__proto__',
  `/Schemas/${USER_URN}`,
  '/Nothing//at/all',
];
const NAMES = [
  'userName',
  'USERNAME',
  'active',
  'emails',
  'name',
  'displayName',
  'members',
  'schemas',
  'id',
  'meta',
  'groups',
  'Operations',
  'op',
  'path',
  'value',
  'filter',
  'startIndex',
  'count',
  'attributes',
  'excludedAttributes',
  'sortOrder',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  '',
  '\u0000',
  '\ud800',
  'x'.repeat(5_000),
];
const TEXTS = [
  ...NAMES,
  'ada@example.com',
  'False',
  'maybe',
  'add',
  'remove',
  'Replace',
  'emails[type eq "work"].value',
  'emails[',
  'members[value eq "1"]',
  'name.__proto__.x',
  'userName eq "x"',
  'not (id pr)',
  `${'('.repeat(5_000)}id pr`,
  `userName eq "${'x'.repeat(20_000)}"`,
  'x eq 1e400',
  'meta.created gt "not a date"',
  ' '.repeat(10_000),
  '1.5',
  '99999999999999999999',
  '-1',
  '%',
  "'; DROP TABLE users; --",
];
const SCHEMAS = [USER_URN, GROUP_URN, PATCH_OP_URN, SEARCH_REQUEST_URN];

/** Some JSON as text, since JSON.stringify knows neither equal keys nor 1e400. */
function json(next: Random, depth = 0): string {
  const kind = next();
  if (depth > 4 || kind < 0.3) return JSON.stringify(pick(next, TEXTS));
  if (kind < 0.45)
    return pick(next, ['0', '1', '-0', '1.5', '1e400', '-1e-400', 'true', 'false', 'null', 'NaN', '{', '']);
  const length = Math.floor(next() * 4);
  if (kind < 0.6) return `[${Array.from({ length }, () => json(next, depth + 1)).join()}]`;
  return `{${members(next, length, depth).join()}}`;
}

function members(next: Random, length: number, depth: number): string[] {
  return Array.from({ length }, () => `${JSON.stringify(pick(next, NAMES))}:${json(next, depth + 1)}`);
}

/** Mostly what looks like a message, since what does not is refused before it can do harm. */
function bodyText(next: Random): string {
  const schemas = `"schemas":["${pick(next, SCHEMAS)}"]`;
  const kind = next();
  if (kind < 0.15) return json(next);
  if (kind < 0.2) return pick(next, ['['.repeat(200_000), '{"a":'.repeat(50_000), '', '\ufeff{}', '"', '\u0000']);
  if (kind < 0.5) {
    const operation = `{"op":${json(next, 4)},"path":${JSON.stringify(pick(next, TEXTS))},"value":${json(next)}}`;
    return `{${schemas},"Operations":[${Array(1 + Math.floor(next() * 3)).fill(operation)}]}`;
  }
  const name = next() < 0.5 ? ['"userName":"a@b.c"'] : ['"displayName":"x"'];
  return `{${[schemas, ...name, ...members(next, Math.floor(next() * 5), 1)].join()}}`;
}

function bodyOf(next: Random): Buffer {
  const body = Buffer.from(bodyText(next));
  const damage = next();
  if (damage < 0.05 && body.length > 0) body[Math.floor(next() * body.length)] = 0xff;
  if (damage > 0.95) return body.subarray(0, Math.floor(next() * body.length));
  return body;
}

function queryOf(next: Random): string {
  if (next() < 0.5) return '';
  const pairs = Array.from({ length: 1 + Math.floor(next() * 3) }, () => {
    const name = pick(next, [
      'filter',
      'startIndex',
      'count',
      'attributes',
      'excludedAttributes',
      'sortBy',
      'cursor',
      '__proto__',
    ]);
    return `${name}=${next() < 0.1 ? '%zz%00' : encodeURIComponent(pick(next, TEXTS).toWellFormed())}`;
  });
  return `?${pairs.join('&')}`;
}

function requestOf(next: Random): { url: string; init: RequestInit } {
  const method = pick(next, METHODS);
  const headers: Record<string, string> = { authorization: next() < 0.97 ? `Bearer ${token}` : 'Bearer x' };
  const chance = next();
  if (chance < 0.1) headers['if-match'] = pick(next, ['*', 'W/"1"', '"', 'W/', 'x'.repeat(2_000)]);
  else if (chance < 0.2) headers.accept = pick(next, ['text/html', '*/*', 'application/json;q=0', '?']);
  const init: RequestInit = { method, headers };
  if (method !== 'GET' && method !== 'HEAD' && next() < 0.95) {
    const type = next();
    headers['content-type'] =
      type < 0.9
        ? SCIM_JSON
        : pick(next, ['text/plain', 'application/json; charset=utf-16', 'multipart/form-data', '/']);
    const body = bodyOf(next);
    const packing = next();
    if (packing < 0.15) headers['content-encoding'] = pick(next, ['gzip', 'gzip', 'br', 'deflate', 'gzip, gzip']);
    init.body = new Uint8Array(packing < 0.1 ? gzipSync(body) : body);
  }
  return { url: `${gateway.url}/scim/v2${pick(next, PATHS)}${queryOf(next)}`, init };
}

it(`${REQUESTS} hostile requests get SCIM answers, none of them a failure of ours`, async () => {
  const next = random(SEED);
  const statuses = new Map<number, number>();
  for (let at = 0; at < REQUESTS; at += 1) {
    const { url, init } = requestOf(next);
    const response = await fetch(url, init);
    const { status } = response;
    const text = await response.text();
    const about = `request ${at} of seed ${SEED}: ${init.method} ${url.slice(0, 200)}: ${status} ${text.slice(0, 300)}`;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 500 && status !== 503 && !(status === 501 && url.includes('/Me'))) throw new Error(about);
    if (status === 204 || init.method === 'HEAD') continue;
    const body = JSON.parse(text) as { schemas?: string[]; status?: string };
    if (response.headers.get('content-type') !== SCIM_JSON || !Array.isArray(body.schemas)) throw new Error(about);
    if (status >= 400 && (body.schemas[0] !== ERROR_SCHEMA || body.status !== String(status))) throw new Error(about);
    if (status >= 400 && !text.includes(response.headers.get('x-request-id') ?? about)) throw new Error(about);
  }
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 204, 400, 401, 404, 405, 414, 415, 501]));
  expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20);
});
