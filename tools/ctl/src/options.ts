import { parseArgs } from 'node:util';
import { isNativeError } from 'node:util/types';
import { isId } from '#runtime/ids';
import { UsageError } from './failure.ts';

/** What was written for one option, in order; true for each time a flag was given. */
export type Given = readonly (string | boolean)[];

/** One option of a command: how help shows it, and how what was written becomes a value. */
export interface Option<T> {
  /** stands for the value in help; a flag has none */
  placeholder?: string;
  summary: string;
  required?: boolean;
  repeated?: boolean;
  /** @throws UsageError naming the option */
  read(given: Given, name: string): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values of a command's options, by name. */
export type Values<O extends Options> = { [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** Options of every command. */
export const GENERAL = {
  json: flag('print what the service answered, as JSON'),
  'amqp-url': text('URL', 'the broker; without it AMQP_URL'),
  help: flag('show this'),
} satisfies Options;

export function text(placeholder: string, summary: string): Option<string | undefined> {
  return { placeholder, summary, read: ([first]) => (first === undefined ? undefined : String(first)) };
}

export function texts(placeholder: string, summary: string): Option<string[]> {
  return { placeholder, summary, repeated: true, read: (given) => given.map(String) };
}

export function flag(summary: string): Option<true | undefined> {
  return { summary, read: (given) => (given.length > 0 ? true : undefined) };
}

export function id(placeholder: string, summary: string): Option<string | undefined> {
  return {
    placeholder,
    summary,
    read([first], name) {
      if (first === undefined || isId(first)) return first;
      throw new UsageError(`--${name} takes an id such as 0192d5a4-7c1e-7000-8000-000000000001`);
    },
  };
}

export function choice<T extends string>(choices: readonly T[], summary: string): Option<T | undefined> {
  return {
    placeholder: choices.join('|'),
    summary,
    read([first], name) {
      const chosen = choices.find((each) => each === first);
      if (chosen === undefined && first !== undefined) {
        throw new UsageError(`--${name} is one of: ${choices.join(', ')}`);
      }
      return chosen;
    },
  };
}

export function time(summary: string): Option<string | undefined> {
  return {
    placeholder: 'TIME',
    summary,
    read([first], name) {
      if (first === undefined) return undefined;
      const given = new Date(String(first));
      if (Number.isNaN(given.getTime())) throw new UsageError(`--${name} takes a time such as 2026-01-31T12:00:00Z`);
      return given.toISOString();
    },
  };
}

/** A whole number of 1 to `most`. */
export function whole(most: number, summary: string, least = 1): Option<number | undefined> {
  return {
    placeholder: 'N',
    summary,
    read([first], name) {
      if (first === undefined) return undefined;
      const number = /^\d{1,9}$/.test(String(first)) ? Number(first) : -1;
      if (number < least || number > most) {
        throw new UsageError(`--${name} is a whole number from ${least} to ${most}`);
      }
      return number;
    },
  };
}

export function required<T>(option: Option<T | undefined>): Option<T> {
  return {
    ...option,
    required: true,
    read(given, name) {
      const value = option.read(given, name);
      if (value === undefined || value === '') {
        throw new UsageError(`--${name} ${option.placeholder ?? ''} is needed: ${option.summary}`);
      }
      return value;
    },
  };
}

/** The option every command about one tenant has. */
export const tenant = required(id('ID', 'the tenant; ctl tenant list shows the ids'));

/**
 * Splits a command's arguments into what was given for each option.
 *
 * @throws UsageError for an unknown option, a value that is missing, a word too many, or an option given twice
 */
export function split(args: readonly string[], options: Options): (name: string) => Given {
  const config = Object.entries(options).map(
    ([name, { placeholder }]) => [name, { type: placeholder ? 'string' : 'boolean', multiple: true } as const] as const,
  );
  const { values, positionals } = parse(joined(args), Object.fromEntries(config));
  if (positionals[0] !== undefined) throw new UsageError(`'${positionals[0]}' belongs to no option`);
  const given = (name: string): Given => [values[name] ?? []].flat();
  for (const [name, { repeated }] of Object.entries(options)) {
    if (!repeated && given(name).length > 1) throw new UsageError(`--${name} is given more than once`);
  }
  return given;
}

export function read<O extends Options>(options: O, given: (name: string) => Given): Values<O> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, option.read(given(name), name)]),
  ) as Values<O>;
}

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean'; multiple: true }>) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    if (!isNativeError(error)) throw error;
    throw new UsageError(`${error.message.split(/\.\s|\n/)[0]?.replace(/\.$/, '')}; see --help`);
  }
}

/** A PEM text begins with hyphens, which parseArgs would take for an option: `--certificate "$(cat idp.pem)"`. */
function joined(args: readonly string[]): string[] {
  const result: string[] = [];
  for (const arg of args) {
    const last = result.at(-1);
    if (arg.startsWith('-----BEGIN') && last?.startsWith('--')) result[result.length - 1] = `${last}=${arg}`;
    else result.push(arg);
  }
  return result;
}
