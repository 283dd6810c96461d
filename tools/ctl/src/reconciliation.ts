import { setTimeout as sleep } from 'node:timers/promises';
import { RECONCILE, type Reconciliation, type ShowReconciliation, type StartReconciliation } from '#billing-api/ledger';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { ask, type Session } from './command.ts';
import { counted } from './text.ts';

const STEP_MS = 30_000;
/** How often the report is looked at. */
const LOOK_MS = 500;

/** Has billing compare itself with the directory, and waits for the report, with progress: that of one under way, where there is one. */
export async function reconciled(asked: StartReconciliation, session: Session): Promise<Reconciliation> {
  const start = { queue: BILLING_COMMANDS, pattern: RECONCILE.start, deadlineMs: STEP_MS };
  let report = await ask<Reconciliation>(session, start, asked);
  if (report.askedBy !== asked.actor) session.note(`one that ${report.askedBy} started is under way`);
  const { id } = report;
  let said = 0;
  while (report.status === 'running') {
    await sleep(LOOK_MS);
    const show = { queue: BILLING_COMMANDS, pattern: RECONCILE.show, deadlineMs: STEP_MS };
    report = await ask(session, show, { tenantId: asked.tenantId, id } satisfies ShowReconciliation);
    if (report.status === 'running' && report.people > said) {
      session.note(`${counted(report.people, 'billable user')} so far`);
    }
    said = report.people;
  }
  return report;
}
