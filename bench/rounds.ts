import type { Case } from './cases/cases.ts';
import { drive, type Load, type NextJob } from './driver/load.ts';
import { median, percentile } from './measure/percentile.ts';
import type { Options } from './options.ts';
import type { Lag, Observation, Target } from './target.ts';

/** What one round of one server showed. */
export interface Round {
  requests: number;
  requestsPerSecond: number;
  errors: number;
  /** ms */
  p50: number;
  /** ms */
  p99: number;
  /** CPU seconds per 1,000 requests, by process */
  cpu: Record<string, number>;
  lag?: Lag;
  caughtUpMs?: number;
}

export interface Side {
  /** figure by figure, of the rounds */
  median: Round;
  rounds: Round[];
}

export interface Result {
  case: string;
  title: string;
  connections: number;
  system: Side;
  baseline: Side;
  /** requests per second, system to baseline: of each pair of rounds, and the median of those */
  ratios: number[];
  ratio: number;
}

/** Servers that are compared. */
export interface Targets {
  system: Target;
  baseline: Target;
}

const SIDES = ['system', 'baseline'] as const;

/**
 * Measures one case at one number of connections: a warm-up of each server, then rounds in turn, so that whatever else
 * the machine does meets both. A round of the system ends when billing has caught up, so the next is not slowed by it.
 *
 * @throws Error when an answer was an error, a connection ended, or billing did not catch up
 */
export async function measure(
  what: Case,
  connections: number,
  targets: Targets,
  options: Options,
  signal: AbortSignal,
): Promise<Result> {
  const rounds: Record<keyof Targets, Round[]> = { system: [], baseline: [] };
  const one = async (side: keyof Targets, next: NextJob, seconds: number): Promise<Round> => {
    const { world, observe } = targets[side];
    const finish = await observe();
    const load = await drive({ url: world.url, connections, seconds, next, signal });
    if (load.errors > 0) {
      throw new Error(
        `${load.errors} of ${load.errors + load.requests} answers of the ${side} were errors, the first: ${load.firstError}`,
      );
    }
    return roundOf(load, await finish(), what);
  };
  try {
    const next = {
      system: await prepare(what, connections, targets.system),
      baseline: await prepare(what, connections, targets.baseline),
    };
    for (const side of SIDES) await one(side, next[side], options.warmUpSeconds);
    for (let round = 0; round < options.rounds; round++) {
      for (const side of SIDES) rounds[side].push(await one(side, next[side], options.seconds));
    }
  } catch (error) {
    throw new Error(`'${what.title}' at ${connections} connections: ${(error as Error).message}`, { cause: error });
  }
  const ratios = ratiosOf(rounds.system, rounds.baseline);
  return {
    case: what.name,
    title: what.title,
    connections,
    system: { median: medianRound(rounds.system), rounds: rounds.system },
    baseline: { median: medianRound(rounds.baseline), rounds: rounds.baseline },
    ratios,
    ratio: median(ratios),
  };
}

async function prepare(what: Case, connections: number, { world, observe, analyze }: Target): Promise<NextJob> {
  const done = await observe();
  const next = await what.prepare(world, connections);
  await done();
  await analyze();
  return next;
}

function roundOf(load: Load, { cpu, lag, caughtUpMs }: Observation, what: Case): Round {
  const perThousand = (seconds: number) => (seconds * 1000) / load.requests;
  const used = Object.entries({ ...cpu, driver: load.driverCpu }).map(([name, seconds]) => [
    name,
    perThousand(seconds),
  ]);
  return {
    requests: load.requests,
    requestsPerSecond: load.requests / load.seconds,
    errors: load.errors,
    p50: percentile(load.latencies, 0.5),
    p99: percentile(load.latencies, 0.99),
    cpu: Object.fromEntries(used),
    ...(what.changesSeats && lag && { lag }),
    ...(what.writes && caughtUpMs !== undefined && { caughtUpMs }),
  };
}

export function ratiosOf(system: readonly Round[], baseline: readonly Round[]): number[] {
  return system.map((round, index) => round.requestsPerSecond / (baseline[index]?.requestsPerSecond ?? Number.NaN));
}

/** Each figure's own median: no single round has to be the typical one in all of them. */
export function medianRound(rounds: readonly Round[]): Round {
  const of = (figure: (round: Round) => number | undefined) =>
    median(rounds.map((round) => figure(round) ?? Number.NaN));
  const processes = [...new Set(rounds.flatMap((round) => Object.keys(round.cpu)))];
  const lags = rounds.flatMap(({ lag }) => lag ?? []);
  return {
    requests: of(({ requests }) => requests),
    requestsPerSecond: of(({ requestsPerSecond }) => requestsPerSecond),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    cpu: Object.fromEntries(processes.map((name) => [name, of(({ cpu }) => cpu[name])])),
    ...(lags.length > 0 && {
      lag: {
        lines: median(lags.map(({ lines }) => lines)),
        p50: median(lags.map(({ p50 }) => p50)),
        p99: median(lags.map(({ p99 }) => p99)),
      },
    }),
    ...(rounds.some(({ caughtUpMs }) => caughtUpMs !== undefined) && {
      caughtUpMs: of(({ caughtUpMs }) => caughtUpMs),
    }),
  };
}
