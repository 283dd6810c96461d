import {
  type PlanReplay,
  REPLAY,
  type ReplayEvents,
  type ReplayPlan,
  type ReplayProgress,
} from '#outbox/replay-command';
import { BILLING_COMMANDS, BILLING_EVENTS, DIRECTORY_COMMANDS, DIRECTORY_EVENTS } from '#rabbit/topology';
import { ask, command, type Session } from './command.ts';
import { Failure } from './failure.ts';
import { choice, flag, id, texts, time } from './options.ts';
import { counted, table } from './text.ts';

/** Counting what is selected reads the whole outbox. */
const PLAN_MS = 120_000;
const STEP_MS = 30_000;

const SOURCES = {
  directory: { queue: DIRECTORY_COMMANDS, exchange: DIRECTORY_EVENTS },
  billing: { queue: BILLING_COMMANDS, exchange: BILLING_EVENTS },
} as const;

export const eventsReplay = command({
  words: 'events replay',
  summary: 'publish events again as they were, in order; consumers that had them drop them',
  options: {
    tenant: id('ID', 'only of this tenant'),
    type: texts('KEY', "only of this type, for example user.created.v1 or 'user.#'"),
    since: time('only what happened then or later, for example 2026-01-31T12:00:00Z; without it everything'),
    until: time('only what happened before then'),
    source: choice(['directory', 'billing'] as const, "whose events (the directory's if not given)"),
    'dry-run': flag('only count what it would publish, by type'),
  },
  async run({ tenant: tenantId, type, since, until, source = 'directory', 'dry-run': dryRun }, session) {
    const { queue, exchange } = SOURCES[source];
    const selection: PlanReplay = {
      ...(tenantId && { tenantId }),
      ...(type.length > 0 && { types: type }),
      ...(since && { since }),
      ...(until && { until }),
    };
    const plan = await replayPlan(session, queue, selection);
    if (dryRun) return session.print(session.json ? JSON.stringify(plan) : counts(plan));
    const published = await replayAll(session, queue, selection, plan);
    session.print(
      session.json
        ? JSON.stringify({ published, exchange })
        : `${counted(published, 'event')} published again to ${exchange}.`,
    );
  },
});

/** What the outbox of the service behind a queue has of a selection. */
export function replayPlan(session: Session, queue: string, selection: PlanReplay): Promise<ReplayPlan> {
  return ask(session, { queue, pattern: REPLAY.plan, deadlineMs: PLAN_MS }, selection);
}

/** Publishes it again, step by step, with progress. @throws Failure when it stops before the end, with how far it came */
export async function replayAll(
  session: Session,
  queue: string,
  selection: PlanReplay,
  plan: ReplayPlan,
): Promise<number> {
  const run = { queue, pattern: REPLAY.run, deadlineMs: STEP_MS };
  const total = plan.types.reduce((sum, { count }) => sum + count, 0);
  let published = 0;
  let position = Math.max(plan.first - 1, 0);
  while (position < plan.last) {
    const step: ReplayEvents = { ...selection, after: position, to: plan.last };
    const progress = await ask<ReplayProgress>(session, run, step);
    published += progress.published;
    position = progress.position;
    if (progress.problem) {
      throw new Failure(
        `Stopped after ${published} of ${total} events: ${progress.problem}. Run it again: consumers drop what they have.`,
      );
    }
    if (!progress.done) session.note(`${published} of ${total} events`);
  }
  return published;
}

function counts({ types }: ReplayPlan): string {
  return table(
    types,
    [
      ['TYPE', ({ type }) => type],
      ['EVENTS', ({ count }) => count],
    ],
    'No event is selected.',
  );
}
