import { parseArgs } from 'node:util';
import { CASES, type Case } from './cases/cases.ts';
import { list, someOf, UsageError } from './command-line.ts';

export interface Options {
  rounds: number;
  /** of each round */
  seconds: number;
  /** before the rounds of each case and number of connections, for each server */
  warmUpSeconds: number;
  connections: number[];
  cases: readonly Case[];
  json: string | undefined;
  profile: string | undefined;
  help: boolean;
}

const FULL = { rounds: 5, seconds: 3, warmUpSeconds: 2 };
const QUICK = { rounds: 3, seconds: 1, warmUpSeconds: 1 };
const CONNECTIONS = '1,8,32';
const NAMES = CASES.map(({ name }) => name);

export const usage = `Usage: npm run bench -- [options]

Measures Rollcall from outside, over HTTP, and beside it one process straight on Postgres. Brings up a Postgres, a
RabbitMQ and everything else by itself and removes them at the end. bench/README.md says how to read what it prints.

  --cases LIST         of ${NAMES.join(', ')}; all unless told
  --connections LIST   requests on their way at once; ${CONNECTIONS} unless told
  --rounds N           rounds of each, of which the median counts; ${FULL.rounds} unless told
  --seconds S          length of a round; ${FULL.seconds} unless told
  --quick              ${QUICK.rounds} rounds of ${QUICK.seconds} s: enough to see a large change
  --json FILE          writes every figure of every round, and the machine
  --profile DIR        writes a CPU profile of each process there; the figures of such a run are lower
  --help               this`;

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const base = values.quick ? QUICK : FULL;
  const chosen = someOf(NAMES)(values.cases, '--cases');
  return {
    rounds: values.rounds === undefined ? base.rounds : wholeNumber('--rounds', values.rounds),
    seconds: values.seconds === undefined ? base.seconds : positive('--seconds', values.seconds),
    warmUpSeconds: base.warmUpSeconds,
    connections: list(values.connections ?? CONNECTIONS).map((text) => wholeNumber('--connections', text)),
    cases: CASES.filter(({ name }) => chosen.includes(name)),
    json: values.json,
    profile: values.profile,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        cases: { type: 'string' },
        connections: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'string' },
        profile: { type: 'string' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`${option} takes whole numbers from 1 to 9999, not '${text}'`);
  return Number(text);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3_600)) throw new UsageError(`${option} takes a number above 0, not '${text}'`);
  return value;
}
