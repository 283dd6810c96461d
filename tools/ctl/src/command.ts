import type { Answer } from '#rabbit/answer';
import type { Broker } from './broker.ts';
import { Failure } from './failure.ts';
import { type Given, type Options, read, type Values } from './options.ts';

/** What a command works with once its options are read. */
export interface Session {
  broker: Broker;
  json: boolean;
  /** one line, or several, on standard output */
  print(text: string): void;
  /** a line for the person at the terminal, on standard error */
  note(line: string): void;
}

/** A row of the table that the command line and its help are made of. */
export interface Command {
  /** what is typed: `tenant create` */
  words: string;
  summary: string;
  options: Options;
  /** Reads the options, without the broker. @throws UsageError */
  prepare(given: (name: string) => Given): (session: Session) => Promise<void>;
}

interface Definition<O extends Options> {
  words: string;
  summary: string;
  options: O;
}

interface Question<O extends Options, A> extends Definition<O> {
  queue: string;
  pattern: string;
  /** how long the answer is waited for, where it is not soon */
  deadlineMs?: number;
  payload(values: Values<O>): object;
  /** the answer as text */
  show(answer: A, values: Values<O>): string;
}

/** A command that works as it likes. */
export function command<O extends Options>(
  definition: Definition<O> & { run(values: Values<O>, session: Session): Promise<void> },
): Command {
  const { words, summary, options, run } = definition;
  return {
    words,
    summary,
    options,
    prepare(given) {
      const values = read(options, given);
      return (session) => run(values, session);
    },
  };
}

/** A command that asks a service one question and prints the answer. */
export function question<O extends Options, A>(definition: Question<O, A>): Command {
  const { words, summary, options, queue, pattern, deadlineMs, payload, show } = definition;
  return {
    words,
    summary,
    options,
    prepare(given) {
      const values = read(options, given);
      const message = payload(values);
      return async ({ broker, json, print }) => {
        const { body, source } = accepted(await broker.ask({ queue, pattern, deadlineMs }, message));
        print(json ? source : show(body as A, values));
      };
    },
  };
}

/** Asks a service as one step of a command. @throws Failure with the service's own words when it refused */
export async function ask<A>(
  { broker }: Session,
  destination: { queue: string; pattern: string; deadlineMs: number },
  payload: object,
): Promise<A> {
  return accepted(await broker.ask(destination, payload)).body as A;
}

/** @throws Failure with the service's own words when it refused */
function accepted(answer: Answer): { body: unknown; source: string } {
  const source = answer.content.toString() || 'null';
  const body = parsed(source);
  if (answer.status >= 200 && answer.status < 300 && body !== undefined) return { body, source };
  const detail = (body as { detail?: unknown } | null | undefined)?.detail;
  throw new Failure(typeof detail === 'string' ? detail : `The service answered ${answer.status} without a reason.`);
}

function parsed(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
