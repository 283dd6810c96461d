import { SEATS, type SeatCount } from '#billing-api/billing';
import { LEDGER, type Reconciliation, type Verified } from '#billing-api/ledger';
import { TENANTS } from '#directory-api/admin';
import { SNAPSHOTS, type SnapshotsTold, type TellSnapshots } from '#directory-api/snapshots';
import { BILLING_COMMANDS, DIRECTORY_COMMANDS } from '#rabbit/topology';
import { ask, command, type Session } from './command.ts';
import { replayAll, replayPlan } from './events-replay.ts';
import { Failure } from './failure.ts';
import { flag, id } from './options.ts';
import { reconciled } from './reconciliation.ts';
import { counted } from './text.ts';

/** Verifying sorts a whole ledger. */
const VERIFY = { queue: BILLING_COMMANDS, pattern: LEDGER.verify, deadlineMs: 120_000 };
const COUNT = { queue: BILLING_COMMANDS, pattern: SEATS.count, deadlineMs: 30_000 };
const LIST = { queue: DIRECTORY_COMMANDS, pattern: TENANTS.list, deadlineMs: 30_000 };
const TELL = { queue: DIRECTORY_COMMANDS, pattern: SNAPSHOTS.tell, deadlineMs: 30_000 };
/** How long billing may take to apply what was told, for each tenant. */
const WAIT_S = 3_600;

interface Tenant {
  tenantId: string;
  name: string;
}

export const billingRebuild = command({
  words: 'billing rebuild',
  summary: 'fill a new billing database from what the directory has told, and from what is there where that is gone',
  options: {
    tenant: id('ID', 'only this tenant'),
    resume: flag('go on where billing has a ledger already: what it has is kept, and what is missing added'),
    'dry-run': flag('only say what there is to be told'),
  },
  async run({ tenant: tenantId, resume = false, 'dry-run': dryRun = false }, session) {
    const tenants = await selected(tenantId, session);
    const selection = tenantId ? { tenantId } : {};
    const plan = await replayPlan(session, DIRECTORY_COMMANDS, selection);
    const kept = plan.types.reduce((sum, { count }) => sum + count, 0);
    if (dryRun) {
      session.print(
        `${counted(kept, 'event')} of ${counted(tenants.length, 'tenant')} are kept and would be told again.`,
      );
      return;
    }
    if (!resume) await refuseLedgers(tenants, session);
    const events = await replayAll(session, DIRECTORY_COMMANDS, selection, plan);
    let [snapshots, lines] = [0, 0];
    const differing: string[] = [];
    for (const [index, { tenantId: each }] of tenants.entries()) {
      snapshots += await tellSnapshots(each, session);
      const report = await caughtUp(each, session);
      const verified = await ask<Verified>(session, VERIFY, { tenantId: each });
      lines += verified.lines;
      if (report.status !== 'agreed' || verified.differences.length > 0) differing.push(each);
      session.note(`${index + 1} of ${counted(tenants.length, 'tenant')} rebuilt`);
    }
    const done = { tenants: tenants.length, events, snapshots, lines, differing };
    session.print(
      session.json
        ? JSON.stringify(done)
        : `${counted(tenants.length, 'tenant')}: ${counted(events, 'event')} and ${counted(snapshots, 'snapshot')} told, ${counted(lines, 'ledger line')}.`,
    );
    if (differing.length > 0) {
      throw new Failure(
        `Billing does not agree with the directory for ${differing.join(', ')}: ctl billing reconcile, ctl billing verify`,
      );
    }
  },
});

async function selected(tenantId: string | undefined, session: Session): Promise<Tenant[]> {
  const tenants = await ask<Tenant[]>(session, LIST, {});
  if (!tenantId) return tenants;
  const found = tenants.filter((tenant) => tenant.tenantId === tenantId.toLowerCase());
  if (found.length === 0)
    throw new Failure(`The directory has no tenant ${tenantId}: ctl tenant list shows those it has.`);
  return found;
}

/** A ledger is never written anew: this fills one that is empty. */
async function refuseLedgers(tenants: Tenant[], session: Session): Promise<void> {
  for (const { tenantId, name } of tenants) {
    const { sequence } = await ask<SeatCount>(session, COUNT, { tenantId });
    if (sequence === 0) continue;
    throw new Failure(
      `Billing has a ledger of ${counted(sequence, 'line')} for ${name} (${tenantId}), which is never written anew. Point billing at a ` +
        'new, migrated database; or --resume, which keeps what is there and adds what is missing.',
    );
  }
}

async function tellSnapshots(tenantId: string, session: Session): Promise<number> {
  let told = 0;
  for (const kind of ['users', 'groups'] as const) {
    let after: string | null | undefined;
    do {
      // what changed in a group meanwhile may have come before what made it so
      const always = kind === 'groups';
      const asked: TellSnapshots = { tenantId, kind, always, ...(after && { after }) };
      const step: SnapshotsTold = await ask<SnapshotsTold>(session, TELL, asked);
      told += step.told;
      after = step.next;
    } while (after);
  }
  return told;
}

/** Waits until billing has what the directory has. One that somebody else began may have looked too early: it is waited for. */
async function caughtUp(tenantId: string, session: Session): Promise<Reconciliation> {
  const asked = { tenantId, heal: false, waitSeconds: WAIT_S, actor: 'operator:rebuild' };
  let report = await reconciled(asked, session);
  while (report.askedBy !== asked.actor) report = await reconciled(asked, session);
  if (report.problem) throw new Failure(`${report.problem} Then go on with --resume.`);
  return report;
}
