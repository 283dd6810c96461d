import { userInfo } from 'node:os';
import {
  type CheckedSeat,
  isSetRight,
  LEDGER,
  type ListLedgers,
  type ListStaleSeats,
  STALE_SEATS,
  type StaleSeats,
  type StartReconciliation,
  type Verified,
  type VerifyLedger,
} from '#billing-api/ledger';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { billingRebuild } from './billing-rebuild.ts';
import { ask, command, question, type Session } from './command.ts';
import { Failure, UsageError } from './failure.ts';
import { flag, id, tenant, whole } from './options.ts';
import { reconciled } from './reconciliation.ts';
import { counted, plain, table, yesNo } from './text.ts';

/** Rebuilding sorts a tenant's whole ledger. */
const VERIFY_MS = 120_000;
const STEP_MS = 30_000;
const TENANTS = 1_000;
/** How long events in flight are waited for, in seconds, unless told. */
const WAIT_S = 30;
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
        { queue: BILLING_COMMANDS, pattern: LEDGER.verify, deadlineMs: VERIFY_MS },
        { tenantId: each } satisfies VerifyLedger,
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
    heal: flag(
      'set each seat right that is not as the directory says, with an adjusted line, and have groups told again',
    ),
    wait: whole(3_600, `seconds in which events in flight may still come (${WAIT_S} if not given)`),
  },
  async run({ tenant: tenantId, heal = false, wait = WAIT_S }, session) {
    const actor = `operator:${userInfo().username}`;
    const asked: StartReconciliation = { tenantId, heal, waitSeconds: wait, actor };
    const report = await reconciled(asked, session);
    if (report.problem) throw new Failure(report.problem);
    const { people, differences, differenceCount } = report;
    if (session.json) session.print(JSON.stringify({ tenantId, ...report }));
    else
      session.print(
        differenceCount === 0 ? `${counted(people, 'billable user')}: no difference.` : differencesShown(differences),
      );
    const left = differences.filter((seat) => !isSetRight(seat));
    if (left.length === 0) return;
    const advice = heal
      ? 'What does not heal wants a rebuild (docs/billing.md).'
      : '--heal sets seats and memberships right.';
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
    const page: string[] = await ask<string[]>(
      session,
      { queue: BILLING_COMMANDS, pattern: LEDGER.tenants, deadlineMs: STEP_MS },
      asked,
    );
    yield* page;
    after = page.length < TENANTS ? undefined : page.at(-1);
  } while (after);
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
      ['HEALED', ({ healed, regrouped }) => (healed ? `line ${healed}` : regrouped ? 'groups' : 'no')],
      ['ID', ({ userId }) => userId],
    ],
    'No difference.',
  );
}
