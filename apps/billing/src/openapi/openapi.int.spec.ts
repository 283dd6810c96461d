import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { BILLABLE, type FindStale } from '#directory-api/billable';
import type { UserState } from '#events/user-state';
import { Replay } from '#outbox/replay';
import { Answer, Unavailable } from '#rabbit/answer';
import { RabbitConnection } from '#rabbit/connection';
import { BILLING_EVENTS } from '#rabbit/topology';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { eventually } from '../../../../test/harness/eventually.ts';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { peopleCreated } from '../../test/directory-events.ts';
import { appModule } from '../app.module.ts';
import { PlansService } from '../invoices/plans.service.ts';
import { closeDueTerms } from '../invoices/term-close.ts';
import { KeysService } from '../keys/keys.service.ts';
import { ProblemFilter } from '../problem/problem.filter.ts';
import { Directory } from '../reconcile/directory.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { askSystem } from '../webhooks/resolve.ts';
import { Seal } from '../webhooks/seal.ts';
import { DOCUMENT } from './document.ts';

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let app: NestFastifyApplication;
let connection: RabbitConnection;
let key: string;
const tenantId = newId();
const PLAN = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };
const people = peopleCreated(tenantId, 3);
const routes: string[] = [];
/** answers whose schema was checked, `GET /path 200` */
const checked = new Set<string>();

const ajv = new Ajv2020({ strict: false, allErrors: true });
// ajv-formats is CommonJS: under ESM its function is the default of the default
(
  (addFormatsModule as unknown as { default?: (ajv: Ajv2020) => void }).default ??
  (addFormatsModule as unknown as (ajv: Ajv2020) => void)
)(ajv);

beforeAll(async () => {
  database = await createBillingDatabase();
  connection = new RabbitConnection(String(process.env.TEST_AMQP_URL), 'openapi-spec');
  const adapter = new FastifyAdapter({ genReqId: newId });
  adapter.getInstance().addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') routes.push(`${each} ${url}`);
  });
  const replay = new Replay(database.dataSource, connection, BILLING_EVENTS);
  app = await NestFactory.create<NestFastifyApplication>(
    appModule(database.dataSource, replay, new Directory({ ask: theDirectory }), {
      targets: { insecure: true, resolve: askSystem },
      seal: new Seal([]),
    }),
    adapter,
    { logger: false },
  );
  app.useGlobalFilters(new ProblemFilter());
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  key = (await app.get(KeysService).create({ tenantId })).key;
  const seats = new SeatsService(database.dataSource, new Clock());
  await database.dataSource.transaction((tx) => seats.apply(tx, people));
});
afterAll(async () => {
  await app.close();
  await connection.close();
  await database.drop();
});

describe('the OpenAPI document', () => {
  it('is served without a key', async () => {
    const response = await ask('GET', '/v1/openapi.json', { authorization: '' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(JSON.parse(JSON.stringify(DOCUMENT)));
    checked.add('GET /v1/openapi.json 200');
  });

  it('has every route of the API and no other', () => {
    const inDocument = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = routes.filter((route) => route.includes('/v1/')).map((route) => route.replace(/:(\w+)/g, '{$1}'));
    expect(inDocument.toSorted()).toEqual([...new Set(served)].toSorted());
  });

  it('says what is answered: every answer that is not a problem was asked for and fits', async () => {
    const tenant = '/v1/tenants/{tenantId}';
    const [{ userId } = { userId: '' }] = people.map(({ data }) => data as { userId: string });
    const range = '?from=2025-12-31&to=2026-01-02';
    await fits('GET', `${tenant}/seats`, 200);
    await fits('GET', `${tenant}/seats`, 200, { query: '?at=2026-01-01T00:00:00Z' });
    await fits('GET', `${tenant}/seats/daily`, 200, { query: range });
    await fits('GET', `${tenant}/seats/peak`, 200, { query: range });
    await fits('GET', `${tenant}/people/{userId}/why`, 200, { names: { userId } });
    await fits('GET', `${tenant}/ledger`, 200, { query: `?user=${userId}&kind=occupied` });
    await fits('GET', `${tenant}/ledger.csv`, 200);
    await fits('GET', `${tenant}/seats.csv`, 200);
    await app
      .get(PlansService)
      .set(
        { tenantId, plan: PLAN, applies: 'next_term', actor: 'operator:ada' },
        { commandId: newId(), requestId: 'spec' },
      );
    const inAYear = new Date(Date.now() + 365 * 86_400_000);
    await closeDueTerms(database.dataSource, inAYear, 12);
    await fits('GET', `${tenant}/plan`, 200);
    await fits('GET', `${tenant}/invoices/preview`, 200);
    const report = (await fits('POST', `${tenant}/reconciliations`, 202)).json();
    await eventually(async () => {
      const shown = await fits('GET', `${tenant}/reconciliations/{id}`, 200, { names: { id: report.id } });
      expect(shown.json()).toMatchObject({ status: 'differed', askedBy: 'api', people: 0, differenceCount: 3 });
    });
    const all = (await fits('GET', `${tenant}/reconciliations`, 200)).json();
    expect(all).toMatchObject({ reconciliations: [{ id: report.id }], next: null });
    const stale = (await fits('GET', `${tenant}/stale-seats`, 200)).json();
    expect(stale).toMatchObject({ seats: [{ userId, seatClass: 'core', reasons: ['no_contact'] }], next: null });
    const { invoices } = (await fits('GET', `${tenant}/invoices`, 200)).json();
    const closed = { names: { invoiceId: invoices[0].invoiceId } };
    await fits('GET', `${tenant}/invoices/{invoiceId}`, 200, closed);
    await fits('GET', `${tenant}/invoices/{invoiceId}/lines.csv`, 200, closed);
    const made = await fits('POST', `${tenant}/webhooks`, 201, { body: { url: 'http://127.0.0.1:9/hook' } });
    const names = { id: made.json().id };
    await fits('GET', `${tenant}/webhooks`, 200);
    await fits('GET', `${tenant}/webhooks/{id}`, 200, { names });
    await fits('POST', `${tenant}/webhooks/{id}/enable`, 200, { names });
    await fits('POST', `${tenant}/webhooks/{id}/rotate`, 200, { names, body: { overlapHours: 1 } });
    await fits('POST', `${tenant}/webhooks/{id}/redeliver`, 202, { names, body: { since: '2026-01-01T00:00:00Z' } });
    await fits('DELETE', `${tenant}/webhooks/{id}`, 204, { names });

    const promised = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses as object)
          .filter((status) => Number(status) < 400)
          .map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    );
    expect([...checked].toSorted()).toEqual(promised.toSorted());
  });

  it('says what is refused', async () => {
    const tenant = '/v1/tenants/{tenantId}';
    await fits('GET', `${tenant}/seats`, 400, { query: '?at=yesterday' });
    await fits('GET', `${tenant}/seats`, 400, { query: '?at=2999-01-01T00:00:00Z' });
    await fits('GET', `${tenant}/seats`, 400, { query: '?at=2026-02-30T00:00:00Z' });
    await fits('GET', `${tenant}/seats/daily`, 400, { query: '?from=2026-02-30&to=2026-03-01' });
    await fits('GET', `${tenant}/seats/daily`, 400, { query: '?from=2026-02-01&to=2026-03-01&timeZone=Mars/Base' });
    await fits('GET', `${tenant}/seats/peak`, 400, { query: '?from=2026-02-02&to=2026-02-01' });
    await fits('GET', `${tenant}/ledger`, 400, { query: '?kind=stolen' });
    await fits('GET', `${tenant}/ledger.csv`, 400, { query: '?from=1' });
    await fits('GET', `${tenant}/stale-seats`, 400, { query: '?days=0' });
    await fits('GET', `${tenant}/stale-seats`, 503, { query: '?days=7' });
    await fits('GET', `${tenant}/reconciliations`, 400, { query: '?before=yesterday' });
    await fits('GET', `${tenant}/reconciliations/{id}`, 404, { names: { id: newId() } });
    await fits('POST', `${tenant}/webhooks`, 400, { body: { url: 'ftp://example.com' } });
    const unstorable = { url: 'http://127.0.0.1:9/hook', description: 'no\0thing' };
    await fits('POST', `${tenant}/webhooks`, 400, { body: unstorable });
    for (const since of ['2026-W05', '20260131', '2026-01-31T12:00:00+01', '2026-01-31T12:00:00']) {
      const refused = await fits('POST', `${tenant}/webhooks/{id}/redeliver`, 400, { body: { since } });
      expect(refused.json().detail).toContain('2026-01-31T12:00:00Z');
    }
    await fits('GET', `${tenant}/people/{userId}/why`, 404, { names: { userId: newId() } });
    await fits('DELETE', `${tenant}/webhooks/{id}`, 404, { names: { id: newId() } });
  });

  it('promises every answer that hostile values get', async () => {
    const unpromised: string[] = [];
    for (const [path, operations] of Object.entries(DOCUMENT.paths)) {
      for (const [method, { parameters = [], responses }] of Object.entries(operations)) {
        const asked = method.toUpperCase() as 'GET';
        for (const value of HOSTILE) {
          for (const [url, body] of hostileRequests(path, method, parameters as Parameter[], value)) {
            const { statusCode } = await ask(asked, url, { body });
            if (!(statusCode in (responses as object))) unpromised.push(`${asked} ${url} ${statusCode}`);
          }
        }
      }
    }
    expect(unpromised).toEqual([]);
  });

  it('has no route that reads or changes another tenant', async () => {
    const other = newId();
    for (const [path, operations] of Object.entries(DOCUMENT.paths)) {
      if (!path.includes('{tenantId}')) continue;
      for (const method of Object.keys(operations)) {
        const asked = method.toUpperCase() as 'GET';
        await fits(asked, path, 404, { names: { tenantId: other } });
        await fits(asked, path, 401, { authorization: 'Bearer rck_wrong' });
      }
    }
  });
});

/** A directory that knows nobody, but for one user whom nobody heard of; asked for a week it does not answer. */
async function theDirectory(pattern: string, asked: object): Promise<Answer> {
  if (pattern !== BILLABLE.stale) return Answer.json(200, []);
  if ((asked as FindStale).days === 7) throw new Unavailable('no answer within 10 s');
  const [{ userId, userName } = { userId: '', userName: '' }] = people.map(({ data }) => data as UserState);
  const user = {
    id: userId,
    userName,
    connectionId: newId(),
    connectionName: 'Okta',
    connectionNeverDeactivated: false,
  };
  const stale = { ...user, lastContactAt: '2025-12-01T00:00:00.000Z', isSilent: true };
  return Answer.json(200, { users: [stale, { ...stale, id: newId() }], next: null });
}

const HOSTILE = [
  '',
  'x',
  '-1',
  '0',
  '1.5',
  '1e9',
  '99999999999999999999',
  '2026-02-30',
  '2026-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '-000001-01-01T00:00:00Z',
  "' OR 1=1 --",
  '\0',
  '[]',
  'é'.repeat(50),
  newId(),
];

interface Parameter {
  name: string;
  in: 'path' | 'query';
}

interface Asked {
  query?: string;
  names?: Record<string, string>;
  body?: object | undefined;
  authorization?: string;
}

/** The value as each parameter by itself, and in a body. */
function hostileRequests(path: string, method: string, parameters: Parameter[], value: string): [string, object?][] {
  const byParameter = parameters.map(({ name, in: place }): [string] => {
    if (place === 'query') return [`${urlOf(path)}?${name}=${encodeURIComponent(value)}`];
    return [urlOf(path, name === 'tenantId' ? {} : { [name]: value })];
  });
  if (method !== 'post') return byParameter;
  return [...byParameter, [urlOf(path), { url: value, eventId: value, since: value, overlapHours: value }]];
}

/** What is not named otherwise is the tenant, and ids that nothing has. */
function urlOf(path: string, names: Record<string, string> = {}): string {
  const all: Record<string, string> = { tenantId, ...names };
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(all[name] ?? newId()));
}

async function fits(method: 'GET' | 'POST' | 'DELETE', path: string, status: number, asked: Asked = {}) {
  const response = await ask(method, urlOf(path, asked.names) + (asked.query ?? ''), asked);
  expect([method, path, response.statusCode, response.statusCode === status || response.body]).toEqual([
    method,
    path,
    status,
    true,
  ]);
  const { responses } = (DOCUMENT.paths[path]?.[method.toLowerCase()] ?? { responses: {} }) as {
    responses: Record<string, { content?: Record<string, { schema: object }> }>;
  };
  const [[type, media] = []] = Object.entries(responses[status]?.content ?? {});
  if (type) expect(response.headers['content-type']).toContain(type);
  if (media && type?.endsWith('json')) {
    const validate = ajv.compile({ ...media.schema, components: DOCUMENT.components });
    validate(response.json());
    expect(validate.errors).toBeNull();
  }
  if (status < 400) checked.add(`${method} ${path} ${status}`);
  return response;
}

function ask(method: 'GET' | 'POST' | 'DELETE', url: string, { body, authorization = `Bearer ${key}` }: Asked) {
  return app.inject({ method, url, headers: { authorization }, ...(body && { payload: body }) });
}
