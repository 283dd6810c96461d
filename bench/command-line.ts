import { parseArgs } from 'node:util';
import { Interrupted } from '../test/harness/interruption.ts';

/** Something wrong with the command line; its message says what. */
export class UsageError extends Error {}

/** Makes a value of what was written behind an option, or of nothing. @throws UsageError that names the option */
type Reader<T> = (text: string | undefined, option: string) => T;

type Readers = Readonly<Record<string, Reader<unknown>>>;

/** The values of a bench's options, by name. */
export type Values<R extends Readers> = { [K in keyof R]: ReturnType<R[K]> };

const NUMBER_MOST = 999_999_999;
/** characters; an app that does not start says more than a line */
const LONGEST_REASON = 300;

/** A whole number. */
export function whole(otherwise: number, least = 1): Reader<number> {
  return (text, option) => {
    const value = text === undefined ? otherwise : Number(/^\d+$/.test(text) ? text : Number.NaN);
    if (value >= least && value <= NUMBER_MOST) return value;
    throw new UsageError(`${option} takes whole numbers from ${least}, not '${text}'`);
  };
}

/** Whole numbers, with a comma between two. */
export function wholes(otherwise: readonly number[]): Reader<readonly number[]> {
  const one = whole(0);
  return (text, option) => (text === undefined ? otherwise : list(text).map((each) => one(each, option)));
}

/** Some of these, in their order; all unless told. */
export function someOf<T extends string>(all: readonly T[]): Reader<readonly T[]> {
  return (text) => {
    const names: readonly string[] = text === undefined ? all : list(text);
    const unknown = names.find((name) => !all.some((each) => each === name));
    if (unknown !== undefined) throw new UsageError(`There is no case ${unknown}: choose from ${all.join(', ')}`);
    return all.filter((each) => names.includes(each));
  };
}

/** @throws UsageError for what cannot be read; undefined when help is asked for */
export function readValues<R extends Readers>(args: readonly string[], readers: R): Values<R> | undefined {
  const names = Object.keys(readers);
  const given = parsed(args, names);
  if (given.help) return undefined;
  const values = names.map((name) => [name, readers[name]?.(given[name], `--${name}`)]);
  return Object.fromEntries(values) as Values<R>;
}

/**
 * Runs a bench from its command line: shows help, or says in one line what is wrong.
 *
 * @param script as npm knows it
 * @returns the exit code: 0, 1 for a run that failed, 2 for a wrong command line, 128 and the signal when interrupted
 */
export async function runBench<R extends Readers>(
  { script, usage, options }: { script: string; usage: string; options: R },
  work: (values: Values<R>) => Promise<void>,
): Promise<number> {
  try {
    const values = readValues(process.argv.slice(2), options);
    if (values === undefined) console.log(usage);
    else await work(values);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}. npm run ${script} -- --help tells more.`);
      return 2;
    }
    console.error(process.env.DEBUG === '1' ? error : `The run failed: ${oneLine(String(error))}`);
    return error instanceof Interrupted ? error.code : 1;
  }
}

/** What went wrong, as a line. */
export function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').slice(0, LONGEST_REASON);
}

export function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function parsed(args: readonly string[], names: readonly string[]): Record<string, string> & { help?: boolean } {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  try {
    return parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } } })
      .values as ReturnType<typeof parsed>;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
