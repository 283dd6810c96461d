import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CheckedSeat,
  type CheckSeats,
  type CompareSeats,
  LEDGER,
  type ListLedgers,
  PEOPLE_AT_ONCE,
  RECONCILE,
  type Verified,
  type VerifyLedger,
} from '#billing-api/ledger';
import {
  BILLABLE,
  type BillableUser,
  type FindBillability,
  type ListBillable,
  type UserBillability,
} from '#directory-api/billable';
import { BILLING_COMMANDS, DIRECTORY_COMMANDS } from '#rabbit/topology';
import { accepted, command, type Session } from './command.ts';
import { Failure, UsageError } from './failure.ts';
import { flag, id, tenant, whole } from './options.ts';
import { counted, plain, table, yesNo } from './text.ts';

/** Rebuilding sorts a tenant's whole ledger. */
const VERIFY_MS = 120_000;
const STEP_MS = 30_000;
const TENANTS = 1_000;
/** How long events in flight are waited for, in seconds, unless told; and how often it is looked in between. */
const WAIT_S = 30;
const LOOK_MS = 1_000;
/** People in doubt that are kept; a directory and a billing that are further apart want a rebuild. */
const IN_DOUBT = 10_000;

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
    const { people, doubtful } = await inDoubt(tenantId, session);
    const differences = await settled(tenantId, doubtful, wait, session);
    const found = heal
      ? await checked(
          tenantId,
          differences.map(({ userId }) => userId),
          true,
          session,
        )
      : differences;
    const left = found.filter(({ verdict, healed }) => verdict !== 'agree' && healed === undefined);
    if (session.json) session.print(JSON.stringify({ tenantId, people, differences: found }));
    else
      session.print(differences.length === 0 ? `${counted(people, 'billable user')}: no difference.` : report(found));
    if (left.length > 0) throw new Failure(`${counted(left.length, 'difference')}. --heal sets the seats right.`);
  },
});

export const billingLedgerCommands = [billingVerify, billingReconcile];

async function* tenants(session: Session): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const asked: ListLedgers = { ...(after && { after }), limit: TENANTS };
    const page: string[] = await ask<string[]>(session, LEDGER.tenants, asked);
    yield* page;
    after = page.length < TENANTS ? undefined : page.at(-1);
  } while (after);
}

/** Walks the directory's billable people and the taken seats side by side. @returns who is in one of them alone */
async function inDoubt(tenantId: string, session: Session): Promise<{ people: number; doubtful: string[] }> {
  const doubtful: string[] = [];
  let people = 0;
  let after: string | undefined;
  do {
    const asked: ListBillable = { tenantId, ...(after && { after }), limit: PEOPLE_AT_ONCE };
    const page = await askDirectory<BillableUser[]>(session, BILLABLE.list, asked);
    const through = page.length < PEOPLE_AT_ONCE ? undefined : page.at(-1)?.id;
    const ids = page.map((user) => user.id);
    const stretch: CompareSeats = { tenantId, ...(after && { after }), ...(through && { through }), people: ids };
    doubtful.push(...(await ask<{ people: string[] }>(session, RECONCILE.compare, stretch)).people);
    if (doubtful.length > IN_DOUBT)
      throw new Failure(`More than ${IN_DOUBT} people differ. Rebuild billing: docs/billing.md.`);
    people += page.length;
    after = through;
  } while (after);
  return { people, doubtful };
}

/** Looks again until what is in flight has come or the time is up. @returns those who still do not agree */
async function settled(tenantId: string, doubtful: string[], wait: number, session: Session): Promise<CheckedSeat[]> {
  const until = Date.now() + wait * 1_000;
  let found = await checked(tenantId, doubtful, false, session);
  const different = () => found.filter(({ verdict }) => verdict !== 'agree');
  while (different().some(({ verdict }) => verdict !== 'differ') && Date.now() < until) {
    session.note(`${counted(different().length, 'seat')} in doubt; waiting for events in flight`);
    await sleep(LOOK_MS);
    found = await checked(
      tenantId,
      different().map(({ userId }) => userId),
      false,
      session,
    );
  }
  return different();
}

/** Compares these people as the directory knows them at this moment. */
async function checked(tenantId: string, ids: string[], heal: boolean, session: Session): Promise<CheckedSeat[]> {
  const found: CheckedSeat[] = [];
  for (let at = 0; at < ids.length; at += PEOPLE_AT_ONCE) {
    const people = ids.slice(at, at + PEOPLE_AT_ONCE);
    const asked: FindBillability = { tenantId, ids: people };
    const states = await askDirectory<UserBillability[]>(session, BILLABLE.states, asked);
    const stateOf = new Map(states.map((state) => [state.id, state]));
    const question: CheckSeats = {
      tenantId,
      people,
      userNames: people.map((person) => stateOf.get(person)?.userName ?? ''),
      versions: people.map((person) => stateOf.get(person)?.version ?? 0),
      billable: people.map((person) => stateOf.get(person)?.billable ?? false),
      heal,
    };
    found.push(...(await ask<CheckedSeat[]>(session, RECONCILE.check, question)));
  }
  return found;
}

function report(found: CheckedSeat[]): string {
  return table(
    found,
    [
      ['PERSON', ({ userName }) => userName],
      ['BILLABLE', ({ billable }) => yesNo(billable)],
      ['SEAT', ({ occupied }) => (occupied ? 'taken' : 'free')],
      ['DIRECTORY', ({ directoryVersion }) => (directoryVersion ? `version ${directoryVersion}` : 'unknown')],
      ['BILLING', ({ billingVersion }) => (billingVersion ? `version ${billingVersion}` : 'unknown')],
      ['HEALED', ({ healed }) => (healed ? `line ${healed}` : 'no')],
      ['ID', ({ userId }) => userId],
    ],
    'No difference.',
  );
}

async function ask<A>({ broker }: Session, pattern: string, payload: object, deadlineMs = STEP_MS): Promise<A> {
  return accepted(await broker.ask({ queue: BILLING_COMMANDS, pattern, deadlineMs }, payload)).body as A;
}

async function askDirectory<A>({ broker }: Session, pattern: string, payload: object): Promise<A> {
  const destination = { queue: DIRECTORY_COMMANDS, pattern, deadlineMs: STEP_MS };
  return accepted(await broker.ask(destination, payload)).body as A;
}
