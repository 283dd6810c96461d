import { setTimeout as delay } from 'node:timers/promises';
import { random } from '../harness/random.ts';
import { ChaosClient, type Tally } from './client.ts';
import { drained } from './drain.ts';
import { check, type Finding } from './invariants.ts';
import type { Round } from './plan.ts';
import type { World } from './world.ts';

export interface RoundReport {
  fault: string;
  /** why it was left out */
  skipped?: string;
  tally: Tally;
  /** from the end of the fault until every client was acknowledged something, milliseconds */
  recoveryMs: number;
  /** from the same until nothing was on its way, clients at rest */
  drainMs: number;
  findings: Finding[];
  /** what the services logged as errors meanwhile */
  errors: string[];
}

const LOAD_MS = 1_000;
const PEOPLE_OF_A_CLIENT = 12;
/** Nobody is acknowledged anything for so long: the system did not come back. */
const NEVER_MS = 60_000;

/** Faults that may take records of requests with them, which wait in a gateway's memory and in no outbox. */
const LOSES_RECORDS = /scim-gateway|command\.asked|reply\.received|RabbitMQ|rabbitmq|broker|rolling/;

/**
 * Plays the rounds: load, a fault, recovery, rest, and then every promise is checked. The load goes on over the fault; the
 * clients' books go on over all rounds.
 */
export async function runRounds(
  world: World,
  rounds: readonly Round[],
  options: { seed: number; clientsPerTeam: number; holdMs: number },
  onRound: (report: RoundReport) => void,
): Promise<RoundReport[]> {
  const clients = world.teams.flatMap((team, teamIndex) =>
    Array.from({ length: options.clientsPerTeam }, (_, index) => {
      const number = teamIndex * options.clientsPerTeam + index;
      return new ChaosClient(team, number, random(options.seed + number), PEOPLE_OF_A_CLIENT);
    }),
  );
  const reports: RoundReport[] = [];
  let activityIsWhole = true;
  try {
    for (const { fault, seed } of rounds) {
      const skipped = fault.impossible?.(world);
      activityIsWhole &&= !LOSES_RECORDS.test(fault.name);
      const report = skipped
        ? { ...nothing(fault.name), skipped }
        : await playRound(world, clients, { fault, seed }, options.holdMs, activityIsWhole);
      reports.push(report);
      onRound(report);
    }
  } finally {
    await Promise.all(clients.map((client) => client.pause()));
    for (const client of clients) client.close();
  }
  return reports;
}

async function playRound(
  world: World,
  clients: readonly ChaosClient[],
  { fault, seed }: Round,
  holdMs: number,
  activityIsWhole: boolean,
): Promise<RoundReport> {
  const before = sum(clients);
  const problems: string[] = [];
  for (const client of clients) client.go();
  await delay(LOAD_MS);
  const unharmed = sum(clients);
  await fault.inject(world, random(seed), holdMs).catch((error: Error) => problems.push(error.message));
  const mendedAt = performance.now();
  const recoveryMs = await recovered(clients, mendedAt);
  if (recoveryMs === NEVER_MS) problems.push(`not every client was acknowledged anything within ${NEVER_MS / 1_000} s`);
  const harmed = sum(clients).unknown - unharmed.unknown;
  if (fault.isHarmless && harmed > 0) problems.push(`${harmed} requests were refused, where none may be`);
  await delay(LOAD_MS);
  await Promise.all(clients.map((client) => client.pause()));
  await drained(world).catch((error: Error) => problems.push(error.message));
  const drainMs = performance.now() - mendedAt;
  for (const client of clients) client.settle();
  const findings = (await check(world, clients, activityIsWhole)).filter((finding) => finding.problems.length > 0);
  if (problems.length > 0) findings.unshift({ invariant: 'I10 the system recovers', problems });
  for (const client of clients) client.violations.length = 0;
  const errors = world.errors.splice(0);
  return { fault: fault.name, tally: minus(sum(clients), before), recoveryMs, drainMs, findings, errors };
}

/** @returns how long after `since` the last client was acknowledged something for the first time */
async function recovered(clients: readonly ChaosClient[], since: number): Promise<number> {
  for (;;) {
    const now = performance.now();
    if (clients.every(({ succeededAt }) => succeededAt > since)) return now - since;
    if (now - since > NEVER_MS) return NEVER_MS;
    await delay(20);
  }
}

function sum(clients: readonly ChaosClient[]): Tally {
  return clients.reduce((total, { tally }) => plus(total, tally), NONE);
}

const NONE: Tally = { sent: 0, acknowledged: 0, refused: 0, unknown: 0 };

function plus(a: Tally, b: Tally): Tally {
  return {
    sent: a.sent + b.sent,
    acknowledged: a.acknowledged + b.acknowledged,
    refused: a.refused + b.refused,
    unknown: a.unknown + b.unknown,
  };
}

function minus(a: Tally, b: Tally): Tally {
  return plus(a, { sent: -b.sent, acknowledged: -b.acknowledged, refused: -b.refused, unknown: -b.unknown });
}

function nothing(fault: string): RoundReport {
  return { fault, tally: NONE, recoveryMs: 0, drainMs: 0, findings: [], errors: [] };
}
