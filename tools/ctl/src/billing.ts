import { userInfo } from 'node:os';
import {
  INVOICES,
  type InvoiceAnswer,
  type InvoiceSummary,
  type ListInvoices,
  PLANS,
  type PlanAnswer,
  type PreviewInvoice,
  type SetPlan,
  type ShowInvoice,
  type ShowPlan,
} from '#billing-api/billing';
import type { SeatsByClass } from '#events/paid-seats';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { UsageError } from './failure.ts';
import { textOrFile } from './file-text.ts';
import { choice, id, required, tenant, text, whole } from './options.ts';
import { aligned, counted, plain, table } from './text.ts';

const PAGE = 100;
const APPLIES = ['next_term', 'this_term'] as const;
/** A plan may change the class of every seat, or who takes one at all. */
const APPLY_MS = 120_000;
/** A tenant of very many seats is billed line by line. */
const PREVIEW_MS = 30_000;

const page = {
  after: whole(999_999_999, 'lines after this number'),
  limit: whole(1_000, `how many lines at most (${PAGE} if not given)`),
};

export const billingCommands = [
  question({
    words: 'billing plan set',
    summary: 'how a tenant is billed; the first plan opens its first term (docs/billing.md)',
    options: {
      tenant,
      plan: required(text('JSON|@FILE', 'the plan, as docs/billing.md has it')),
      applies: choice(APPLIES, 'from when it holds (next_term if not given)'),
    },
    queue: BILLING_COMMANDS,
    pattern: PLANS.set,
    deadlineMs: APPLY_MS,
    payload: ({ tenant: tenantId, plan, applies }): SetPlan => ({
      tenantId,
      plan: parsed(textOrFile('plan', plan)),
      applies: applies ?? 'next_term',
      actor: `operator:${userInfo().username}`,
    }),
    show: planShown,
  }),
  question({
    words: 'billing plan show',
    summary: "a tenant's plan, its running term, and the plan that comes next",
    options: { tenant },
    queue: BILLING_COMMANDS,
    pattern: PLANS.show,
    payload: ({ tenant: tenantId }): ShowPlan => ({ tenantId }),
    show: planShown,
  }),
  question({
    words: 'billing invoice preview',
    summary: 'the open term as it would be billed if nothing more happened',
    options: { tenant, ...page },
    queue: BILLING_COMMANDS,
    pattern: INVOICES.preview,
    deadlineMs: PREVIEW_MS,
    payload: ({ tenant: tenantId, after, limit }): PreviewInvoice => ({
      tenantId,
      after: after ?? 0,
      limit: limit ?? PAGE,
    }),
    show: invoiceShown,
  }),
  question({
    words: 'billing invoice list',
    summary: "a tenant's closed invoices, newest first",
    options: { tenant },
    queue: BILLING_COMMANDS,
    pattern: INVOICES.list,
    payload: ({ tenant: tenantId }): ListInvoices => ({ tenantId }),
    show: ({ invoices }: { invoices: InvoiceSummary[] }) =>
      table(
        invoices,
        [
          ['INVOICE', ({ invoiceId }) => invoiceId ?? ''],
          ['TERM', ({ term }) => term.number],
          ['FROM', ({ term }) => term.startsAt],
          ['TO', ({ term }) => term.endsAt],
          ['LINES', ({ lineCount }) => lineCount],
          ['TOTAL', ({ totalDecimal, currency }) => `${totalDecimal} ${currency}`],
        ],
        'No term is closed yet.',
      ),
  }),
  question({
    words: 'billing invoice show',
    summary: 'a closed invoice and its lines',
    options: { tenant, invoice: required(id('ID', 'the invoice; ctl billing invoice list shows the ids')), ...page },
    queue: BILLING_COMMANDS,
    pattern: INVOICES.show,
    payload: ({ tenant: tenantId, invoice: invoiceId, after, limit }): ShowInvoice => ({
      tenantId,
      invoiceId,
      after: after ?? 0,
      limit: limit ?? PAGE,
    }),
    show: invoiceShown,
  }),
];

function planShown({ version, plan, next, term }: PlanAnswer): string {
  const head = [
    ['Plan', `version ${version}`],
    ['Term', `${term.number}: ${term.startsAt} to ${term.endsAt}, ${term.days} days of ${term.fullDays}`],
  ];
  const parts = [aligned(head), json(plan)];
  if (next) parts.push(`From the next term, version ${next.version}:`, json(next.plan));
  return parts.join('\n\n');
}

function invoiceShown(invoice: InvoiceAnswer): string {
  const { invoiceId, term, currency, totalDecimal, lineCount, lines, next } = invoice;
  const head = [
    ['Invoice', invoiceId ?? 'preview'],
    ['Term', `${term.number}: ${term.startsAt} to ${term.endsAt}`],
    ['Total', `${totalDecimal} ${currency} in ${counted(lineCount, 'line')}`],
    ['Purchased', seats(invoice.purchased)],
    ['Available', seats(invoice.available)],
    ['In use', seats(invoice.inUse)],
    ['Peak', `${seats(invoice.peak.seats)} at ${invoice.peak.at}`],
  ];
  const listed = table(
    lines,
    [
      ['LINE', ({ number }) => number],
      ['WHAT', ({ kind, correctsTerm }) => (correctsTerm ? `${kind}, corrects term ${correctsTerm}` : kind)],
      ['WHO', ({ userName, userId }) => userName ?? userId],
      ['CLASS', ({ seatClass }) => seatClass],
      ['FROM', ({ fromDay }) => fromDay],
      ['DAYS', ({ days, fullDays }) => `${days} of ${fullDays}`],
      ['AMOUNT', ({ amountDecimal }) => amountDecimal],
      ['LEDGER', ({ ledgerLines }) => ledgerLines.join(' ')],
    ],
    'No lines.',
  );
  return `${aligned(head)}\n\n${listed}${next === null ? '' : `\n\nThere are more: --after ${next}`}`;
}

function seats({ core, light }: SeatsByClass): string {
  return `${core} core, ${light} light`;
}

function json(value: object): string {
  return JSON.stringify(value, null, 2).split('\n').map(plain).join('\n');
}

function parsed(plan: string): object {
  try {
    const value: unknown = JSON.parse(plan);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw new UsageError('--plan takes a JSON object: a plan, or @ and the file that holds it');
}
