import { LINE_KINDS } from '../ledger/ledger.service.ts';
import { count, day, instant, list, object, orNull, ref, type Schema, text, uuid, yes } from './schema.ts';

const kind: Schema = { enum: LINE_KINDS };
const userName: Schema = { ...text, description: 'as the person is called now' };
const cause = { eventId: uuid, eventType: text, commandId: uuid, requestId: text, actor: text };
const seatClass: Schema = { enum: ['core', 'light'] };
const person = { userId: uuid, userName, since: instant };
const seat = { occupied: yes, since: instant };
const line = { sequence: count, kind, effectiveAt: instant, recordedAt: instant };

const webhook = {
  id: uuid,
  url: { type: 'string', format: 'uri' },
  description: orNull(text),
  createdAt: instant,
  state: { enum: ['active', 'failing', 'disabled'] },
  attempts: { ...count, description: 'failed attempts in a row' },
  failingSince: orNull(instant),
  nextAttemptAt: orNull(instant),
  lastProblem: orNull(text),
  lastDeliveredAt: orNull(instant),
  disabledAt: orNull(instant),
  disabledBecause: orNull(text),
  previousSecretUntil: { ...orNull(instant), description: 'until when the secret before this one signs as well' },
};

/** A step of a chain: each caused the next. */
function step(name: string, properties: Record<string, Schema>): Schema {
  return object({ step: { const: name }, ...properties });
}

const amount: Schema = { type: 'integer', description: 'minor units of the currency' };
const byClass = object({ core: count, light: count });
/** What the term has come to; absent for a tenant without a plan. */
const paid = { term: count, purchased: byClass, available: byClass, peak: object({ seats: byClass, at: instant }) };
const plan = object({ version: count, plan: { type: 'object' } });
const invoice = {
  invoiceId: orNull(uuid),
  status: { enum: ['closed', 'preview'] },
  term: object({ number: count, startsAt: instant, endsAt: instant }),
  asOf: instant,
  currency: { type: 'string', description: 'ISO 4217' },
  total: amount,
  totalDecimal: text,
  lineCount: count,
  purchased: byClass,
  available: byClass,
  inUse: byClass,
  peak: object({ seats: byClass, at: instant }),
};
const lineOfInvoice = {
  number: count,
  kind: { enum: ['renewal', 'purchase', 'charge', 'credit', 'peak'] },
  userId: uuid,
  seatClass,
  fromDay: day,
  days: count,
  fullDays: count,
  price: amount,
  amount,
  amountDecimal: text,
  ledgerLines: list(count),
};
const ofCorrections = { correctsTerm: count, removed: yes };
const invoiceLine = object(lineOfInvoice, { userName, ...ofCorrections });
const invoicedLine = object(
  { ...lineOfInvoice, status: invoice.status, invoiceId: invoice.invoiceId, term: count, currency: invoice.currency },
  ofCorrections,
);

const report = {
  id: uuid,
  status: { enum: ['running', 'agreed', 'differed', 'failed'] },
  askedBy: text,
  startedAt: instant,
  finishedAt: orNull(instant),
  people: count,
  differenceCount: count,
  problem: orNull(text),
};
const difference = object(
  {
    userId: uuid,
    userName: text,
    verdict: { enum: ['differ', 'behind', 'ahead', 'groups', 'agree'] },
    billable: yes,
    occupied: yes,
    directoryVersion: count,
    billingVersion: count,
    directoryGroups: count,
    billingGroups: count,
  },
  { healed: count, regrouped: yes },
);

/** What the API answers, by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: object({ type: text, title: text, status: count, detail: text, instance: text }),
  SeatCount: object(
    { tenantId: uuid, inUse: count, inUseCore: count, inUseLight: count, sequence: count, asOf: instant },
    paid,
  ),
  SeatDays: object({
    days: list(
      object({ day, inUse: count, inUseCore: count, inUseLight: count, peak: count, peakAt: orNull(instant) }),
    ),
  }),
  SeatPeak: object({
    from: day,
    to: day,
    peak: count,
    at: instant,
    sequence: orNull(count),
    people: list(object({ ...person, userName: orNull(userName) })),
    next: orNull(uuid),
  }),
  LedgerPage: object({
    lines: list(
      object(
        { ...line, userId: uuid, seatClass, inUse: count, inUseCore: count, inUseLight: count, cause: object(cause) },
        { userName, adjustedTo: { enum: ['occupied', 'released'] }, corrects: count, ...paid },
      ),
    ),
    next: orNull(count),
  }),
  Why: object({
    tenantId: uuid,
    ...person,
    occupied: yes,
    chain: {
      ...list({
        anyOf: [
          step('scim_request', { requestId: text, actor: text }),
          step('command', { commandId: uuid }),
          step('directory_event', { eventId: uuid, eventType: text }),
          step('ledger_line', line),
          step('seat', seat),
          step('invoice_line', { status: invoice.status, term: count, number: count, ledgerLine: count }),
        ],
      }),
      description:
        'of the ledger line that the first line of the open bill names, else of the newest; seat is as that line left it',
    },
    lines: list(object({ ...line, inUse: count, ...cause })),
    invoiceLines: list(invoicedLine),
  }),
  Plan: object({
    tenantId: uuid,
    version: count,
    plan: { type: 'object' },
    next: orNull(plan),
    term: object({ number: count, startsAt: instant, endsAt: instant, days: count, fullDays: count }),
  }),
  Reconciliations: object({ reconciliations: list(object(report)), next: orNull(uuid) }),
  Reconciliation: object({ ...report, differences: list(difference) }),
  StaleSeats: object({
    seats: list(
      object({
        userId: uuid,
        userName: text,
        seatClass,
        since: instant,
        connectionId: uuid,
        connectionName: text,
        lastContactAt: instant,
        reasons: list({ enum: ['no_contact', 'connection_never_deactivated'] }),
      }),
    ),
    next: orNull(uuid),
  }),
  Invoices: object({ invoices: list(object(invoice)) }),
  Invoice: object({ ...invoice, lines: list(invoiceLine), next: orNull(count) }),
  WebhookEndpoint: object(webhook),
  NewWebhookEndpoint: object({ ...webhook, secret: { type: 'string', pattern: '^whsec_' } }),
  WebhookEndpoints: object({ endpoints: list(ref('WebhookEndpoint')) }),
  RotateWebhook: object({}, { overlapHours: { ...count, maximum: 168, default: 24 } }),
  AddWebhook: object({ url: { type: 'string', format: 'uri' } }, { description: { ...text, maxLength: 200 } }),
  Redeliver: { ...object({}, { eventId: uuid, since: instant }), minProperties: 1, maxProperties: 1 },
  Redelivery: object({ events: count }),
};
