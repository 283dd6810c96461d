import { LINE_KINDS } from '../ledger/ledger.service.ts';
import { day, instant, object, ref, type Schema, text, uuid } from './schema.ts';
import { SCHEMAS } from './schemas.ts';

type Operation = Readonly<Record<string, unknown>>;
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

interface Facts {
  summary: string;
  query?: Record<string, Schema>;
  required?: string[];
  body?: string;
  /** the status of an answer and the schema of its body, or null for none */
  answers: Record<string, string | null>;
  problems?: number[];
}

const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv';
const PROBLEM_TYPE = 'application/problem+json';
const MOST = { limit: 1_000 };

/** Every route of a tenant needs a key: 401 without, 404 for another tenant's. */
function ofTenant(path: string, facts: Facts): Operation {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const { query = {}, required = [], body, answers, problems = [] } = facts;
  return {
    summary: facts.summary,
    security: [{ key: [] }],
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: uuid })),
      ...Object.entries(query).map(([name, schema]) => ({
        name,
        in: 'query',
        schema,
        ...(required.includes(name) && { required: true }),
      })),
    ],
    ...(body && { requestBody: { required: true, content: { [JSON_TYPE]: { schema: ref(body) } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, schema]) => [status, answer(schema)])),
      ...Object.fromEntries([401, 404, 503, ...problems].map((status) => [status, problem])),
    },
  };
}

function answer(schema: string | null): object {
  if (schema === null) return { description: 'done' };
  if (schema === CSV_TYPE) return { description: 'RFC 4180, with a header', content: { [CSV_TYPE]: { schema: text } } };
  return { description: 'the answer', content: { [JSON_TYPE]: { schema: ref(schema) } } };
}

const problem = { description: 'why not, and what to do', content: { [PROBLEM_TYPE]: { schema: ref('Problem') } } };

const TENANT = '/v1/tenants/{tenantId}';
const limit: Schema = { type: 'integer', minimum: 1, maximum: MOST.limit, default: 100 };
const filters = { user: uuid, kind: { enum: LINE_KINDS }, from: instant, to: instant };
const linePage = { after: { type: 'integer', minimum: 0, default: 0 }, limit };
const timeZone: Schema = { ...text, default: 'UTC', description: 'IANA name, whose calendar days count' };
const range = { query: { from: day, to: day, timeZone }, required: ['from', 'to'], problems: [400] };

function paths(routes: Record<string, Record<string, Facts>>): Paths {
  return Object.fromEntries(
    Object.entries(routes).map(([path, operations]) => [
      path,
      Object.fromEntries(Object.entries(operations).map(([method, facts]) => [method, ofTenant(path, facts)])),
    ]),
  );
}

const TENANT_PATHS = paths({
  [`${TENANT}/seats`]: {
    get: {
      summary: 'Seats in use now, or at a past instant by the time things happened',
      query: { at: instant },
      answers: { 200: 'SeatCount' },
      problems: [400],
    },
  },
  [`${TENANT}/seats/daily`]: {
    get: { summary: 'In use at the end of each day, and its peak', ...range, answers: { 200: 'SeatDays' } },
  },
  [`${TENANT}/seats/peak`]: {
    get: {
      summary: 'The most seats at once in some days, when first, and who had them',
      ...range,
      query: { ...range.query, after: uuid, limit },
      answers: { 200: 'SeatPeak' },
    },
  },
  [`${TENANT}/people/{userId}/why`]: {
    get: {
      summary: 'Why a person is billed: from the SCIM request to the line of the invoice',
      answers: { 200: 'Why' },
    },
  },
  [`${TENANT}/ledger`]: {
    get: {
      summary: 'Lines after a sequence, in order',
      query: { after: { type: 'integer', minimum: 0, default: 0 }, limit, ...filters },
      answers: { 200: 'LedgerPage' },
      problems: [400],
    },
  },
  [`${TENANT}/ledger.csv`]: {
    get: { summary: 'The ledger as CSV, streamed', query: filters, answers: { 200: CSV_TYPE }, problems: [400] },
  },
  [`${TENANT}/seats.csv`]: {
    get: { summary: 'The seats that are taken now as CSV, streamed', answers: { 200: CSV_TYPE } },
  },
  [`${TENANT}/reconciliations`]: {
    get: {
      summary: 'How billing and directory compared, the newest first',
      query: { before: uuid, limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
      answers: { 200: 'Reconciliations' },
      problems: [400],
    },
    post: {
      summary: 'Compare now; of one that is under way, that',
      answers: { 202: 'Reconciliation' },
    },
  },
  [`${TENANT}/reconciliations/{id}`]: {
    get: { summary: 'A report with its differences', answers: { 200: 'Reconciliation' } },
  },
  [`${TENANT}/stale-seats`]: {
    get: {
      summary:
        'Seats of people whom their identity provider may have forgotten; 503 while the directory does not answer',
      query: { days: { type: 'integer', minimum: 1, maximum: 3650, default: 30 }, after: uuid, limit },
      answers: { 200: 'StaleSeats' },
      problems: [400, 503],
    },
  },
  [`${TENANT}/plan`]: {
    get: { summary: 'How the tenant is billed now, and from the next term on', answers: { 200: 'Plan' } },
  },
  [`${TENANT}/invoices`]: {
    get: { summary: 'Closed invoices, newest first', answers: { 200: 'Invoices' } },
  },
  [`${TENANT}/invoices/preview`]: {
    get: {
      summary: 'The open term as it would be billed if nothing more happened',
      query: linePage,
      answers: { 200: 'Invoice' },
      problems: [400],
    },
  },
  [`${TENANT}/invoices/{invoiceId}`]: {
    get: { summary: 'A closed invoice', query: linePage, answers: { 200: 'Invoice' }, problems: [400] },
  },
  [`${TENANT}/invoices/{invoiceId}/lines.csv`]: {
    get: { summary: 'The lines of a closed invoice as CSV, streamed', answers: { 200: CSV_TYPE } },
  },
  [`${TENANT}/webhooks`]: {
    get: { summary: 'The endpoints and how they fare', answers: { 200: 'WebhookEndpoints' } },
    post: {
      summary: 'Makes an endpoint; the secret is shown this once',
      body: 'AddWebhook',
      answers: { 201: 'NewWebhookEndpoint' },
      problems: [400, 409],
    },
  },
  [`${TENANT}/webhooks/{id}`]: {
    get: { summary: 'One endpoint', answers: { 200: 'WebhookEndpoint' } },
    delete: { summary: 'Sends nothing more to it', answers: { 204: null } },
  },
  [`${TENANT}/webhooks/{id}/enable`]: {
    post: { summary: 'Sends again from where it stopped', answers: { 200: 'WebhookEndpoint' } },
  },
  [`${TENANT}/webhooks/{id}/rotate`]: {
    post: {
      summary: 'A new secret, shown this once; the one before signs as well for a while',
      body: 'RotateWebhook',
      answers: { 200: 'NewWebhookEndpoint' },
      problems: [400],
    },
  },
  [`${TENANT}/webhooks/{id}/redeliver`]: {
    post: {
      summary: 'Sends one event again, or all since a time',
      body: 'Redeliver',
      answers: { 202: 'Redelivery' },
      problems: [400, 409],
    },
  },
});

/** The HTTP API of the billing team in OpenAPI 3.1. A route is added here with what it answers; a spec compares both. */
export const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Rollcall billing',
    version: '1',
    description:
      'Seats, their ledger and signed webhooks of one tenant. Times are UTC. Ignore properties you do not know.',
  },
  paths: {
    ...TENANT_PATHS,
    '/v1/openapi.json': {
      get: {
        summary: 'This document',
        responses: {
          200: { description: 'OpenAPI 3.1', content: { [JSON_TYPE]: { schema: object({ openapi: text }) } } },
        },
      },
    },
  } as Paths,
  components: {
    schemas: SCHEMAS,
    securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'a key of the tenant: rck_…' } },
  },
};
