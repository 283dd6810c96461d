import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CheckedSeat,
  LEDGER,
  type ListLedgers,
  type ListStaleSeats,
  RECONCILE,
  type Reconciliation,
  type ShowReconciliation,
  STALE_SEATS,
  type StaleSeats,
  type StartReconciliation,
  type Verified,
  type VerifyLedger,
} from '#billing-api/ledger';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { billingRebuild } from './billing-rebuild.ts';
import { accepted, command, question, type Session } from './command.ts';
import { Failure, UsageError } from './failure.ts';
import { flag, id, tenant, whole } from './options.ts';
import { counted, plain, table, yesNo } from './text.ts';

/** Rebuilding sorts a tenant's whole ledger. */
const VERIFY_MS = 120_000;
const STEP_MS = 30_000;
const TENANTS = 1_000;
/** How long events in flight are waited for, in seconds, unless told; and how often the report is looked at. */
const WAIT_S = 30;
const LOOK_MS = 500;
const STALE_DAYS = 30;
const STALE_LIMIT = 100;

const billingVerify = command({
  words: 'billing verify',
  summary: 'rebuild seats and balance from the ledger and compare them with what is kept',
  options: { tenant: id('ID', 'of this tenant'), all: flag('of every tenant that has a ledger') },
  async run({ tenant: tenantId, all }, session) {
    if ((tenantId === undefined) === (all === undefined)) throw new UsageError('give either --tenant ID or --all');
    let [ledgers, lines, differences] = [0, 0, 0];
    for await (const each of tenantId ? [tenantId] : tenants(session)) {
      const verified = await ask<Verified>(
        session,
        LEDGER.verify,
        { tenantId: each } satisfies VerifyLedger,
        VERIFY_MS,
      );
      ledgers += 1;
      lines += verified.lines;
      differences += verified.differences.length;
      if (session.json) session.print(JSON.stringify(verified));
      else {
        for (const { what, of, expected, found } of verified.differences) {
          session.print(plain(`${each} ${what} ${of}: expected ${expected}, found ${found}`));
        }
      }
    }
    if (differences > 0)
      throw new Failure(`${counted(differences, 'difference')} between the ledger and what is kept.`);
    if (!session.json) session.print(`${counted(lines, 'line')} of ${counted(ledgers, 'tenant')}: no difference.`);
  },
});

const billingReconcile = command({
  words: 'billing reconcile',
  summary: "compare the seats that are taken with the directory's billable people, person by person",
  options: {
    tenant,
    heal: flag('set each seat right that is not as the directory says, with an adjusted line'),
    wait: whole(3_600, `seconds in which events in flight may still come (${WAIT_S} if not given)`),
  },
  async run({ tenant: tenantId, heal = false, wait = WAIT_S }, session) {
    const actor = `operator:${userInfo().username}`;
    const asked: StartReconciliation = { tenantId, heal, waitSeconds: wait, actor };
    const started = await ask<Reconciliation>(session, RECONCILE.start, asked);
    if (started.askedBy !== actor) session.note(`one that ${started.askedBy} started is under way`);
    const report = await finished(tenantId, started, session);
    if (report.problem) throw new Failure(report.problem);
    const { people, differences, differenceCount } = report;
    if (session.json) session.print(JSON.stringify({ tenantId, ...report }));
    else
      session.print(
        differenceCount === 0 ? `${counted(people, 'billable user')}: no difference.` : differencesShown(differences),
      );
    const left = differences.filter(({ verdict, healed }) => verdict !== 'agree' && healed === undefined);
    if (left.length === 0) return;
    const advice = left.every(({ verdict }) => verdict === 'groups')
      ? 'Memberships do not heal one by one: rebuild billing (docs/billing.md).'
      : '--heal sets the seats right.';
    throw new Failure(`${counted(left.length, 'difference')}. ${advice}`);
  },
});

const staleSeats = question({
  words: 'billing stale-seats',
  summary: 'seats of people whom their identity provider may have forgotten',
  options: {
    tenant,
    days: whole(3_650, `without SCIM contact for so long (${STALE_DAYS} if not given)`),
    after: id('ID', 'people after this id'),
    limit: whole(1_000, `how many at most (${STALE_LIMIT} if not given)`),
  },
  queue: BILLING_COMMANDS,
  pattern: STALE_SEATS.list,
  deadlineMs: STEP_MS,
  payload: ({ tenant: tenantId, days, after, limit }): ListStaleSeats => ({
    tenantId,
    days: days ?? STALE_DAYS,
    ...(after && { after }),
    limit: limit ?? STALE_LIMIT,
  }),
  show: ({ seats, next }: StaleSeats) =>
    table(
      seats,
      [
        ['PERSON', ({ userName }) => userName],
        ['CONNECTION', ({ connectionName }) => connectionName],
        ['LAST CONTACT', ({ lastContactAt }) => lastContactAt],
        ['SEAT SINCE', ({ since }) => since],
        ['CLASS', ({ seatClass }) => seatClass],
        ['WHY', ({ reasons }) => reasons.join(', ')],
        ['ID', ({ userId }) => userId],
      ],
      'No stale seats.',
    ) + (next ? `\n\nThere may be more: --after ${next}` : ''),
});

export const billingLedgerCommands = [billingVerify, billingReconcile, billingRebuild, staleSeats];

async function* tenants(session: Session): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const asked: ListLedgers = { ...(after && { after }), limit: TENANTS };
    const page: string[] = await ask<string[]>(session, LEDGER.tenants, asked);
    yield* page;
    after = page.length < TENANTS ? undefined : page.at(-1);
  } while (after);
}

/** Looks at the report until it is finished, with progress. */
async function finished(tenantId: string, started: Reconciliation, session: Session): Promise<Reconciliation> {
  let report = started;
  let said = 0;
  while (report.status === 'running') {
    await sleep(LOOK_MS);
    report = await ask<Reconciliation>(session, RECONCILE.show, {
      tenantId,
      id: started.id,
    } satisfies ShowReconciliation);
    if (report.status === 'running' && report.people > said)
      session.note(`${counted(report.people, 'billable user')} so far`);
    said = report.people;
  }
  return report;
}

function differencesShown(found: CheckedSeat[]): string {
  return table(
    found,
    [
      ['PERSON', ({ userName }) => userName],
      ['BILLABLE', ({ billable }) => yesNo(billable)],
      ['SEAT', ({ occupied }) => (occupied ? 'taken' : 'free')],
      ['DIRECTORY', ({ directoryVersion }) => (directoryVersion ? `version ${directoryVersion}` : 'unknown')],
      ['BILLING', ({ billingVersion }) => (billingVersion ? `version ${billingVersion}` : 'unknown')],
      ['GROUPS', ({ directoryGroups, billingGroups }) => `${directoryGroups} and ${billingGroups}`],
      ['HEALED', ({ healed }) => (healed ? `line ${healed}` : 'no')],
      ['ID', ({ userId }) => userId],
    ],
    'No difference.',
  );
}

async function ask<A>({ broker }: Session, pattern: string, payload: object, deadlineMs = STEP_MS): Promise<A> {
  return accepted(await broker.ask({ queue: BILLING_COMMANDS, pattern, deadlineMs }, payload)).body as A;
}
