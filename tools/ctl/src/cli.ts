import { brokerUrl } from './broker-url.ts';
import type { Command, Session } from './command.ts';
import { commands, shorthands } from './commands.ts';
import { UsageError } from './failure.ts';
import { commandHelp, overview } from './help.ts';
import { GENERAL, read, split } from './options.ts';
import { plain } from './text.ts';

/** What a run of the tool takes from and gives to the process around it. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  directory: string;
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Runs one command line. @returns the exit status: 0 done, 1 not done, 2 the command line is wrong */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await carryOut(args, surroundings);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    surroundings.stderr(`ctl: ${plain(message)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function carryOut(args: readonly string[], { env, directory, stdout, stderr }: Surroundings): Promise<void> {
  const print = (text: string) => stdout(`${text}\n`);
  const note = (line: string) => stderr(`${line}\n`);
  const options = args.findIndex((arg) => arg.startsWith('-'));
  const words = options === -1 ? args : args.slice(0, options);
  const rest = args.slice(words.length);
  const asksHelp = rest.some((arg) => arg === '--help' || arg === '-h');
  if (asksHelp && words.length === 0) return print(overview(commands));

  const command = find(words);
  if (asksHelp) return print(command ? commandHelp(command) : overview(ofNoun(words)));
  if (!command) throw new UsageError(missing(words));

  const given = split(rest, { ...command.options, ...GENERAL });
  const general = read(GENERAL, given);
  const work = command.prepare(given);
  const option = general['amqp-url'];
  const url = brokerUrl({ env, option, directory });
  await connected(url, work, { json: general.json ?? false, print, note });
}

async function connected(
  url: string,
  work: (session: Session) => Promise<void>,
  session: Omit<Session, 'broker'>,
): Promise<void> {
  // Loaded here, so that help and usage errors come at once.
  const { Broker } = await import('./broker.ts');
  const broker = new Broker(url);
  try {
    await work({ ...session, broker });
  } finally {
    await broker.close();
  }
}

function find(words: readonly string[]): Command | undefined {
  const typed = words.join(' ');
  return commands.find((command) => command.words === (shorthands[typed] ?? typed));
}

function ofNoun([noun]: readonly string[]): Command[] {
  const found = commands.filter(({ words }) => words.startsWith(`${noun} `));
  if (found.length === 0) throw new UsageError(`there is no '${noun}'; see ctl --help`);
  return found;
}

function missing(words: readonly string[]): string {
  if (words.length === 0) return 'the command comes first: ctl <noun> <verb> [options]; see ctl --help';
  const verbs = ofNoun(words).map((command) => `ctl ${command.words}`);
  return `there is no command '${words.join(' ')}'; there is: ${verbs.join(', ')}`;
}
