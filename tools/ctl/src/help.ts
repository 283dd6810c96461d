import type { Command } from './command.ts';
import { GENERAL, type Option, type Options } from './options.ts';
import { aligned } from './text.ts';

/** The help of the whole tool, or of one noun's commands. */
export function overview(commands: readonly Command[]): string {
  return `The operator's command line of Rollcall: asks the directory and billing over RabbitMQ.

Usage: ctl <noun> <verb> [options]

Commands
${aligned(
  commands.map(({ words, summary }) => [words, summary]),
  '  ',
)}

Options of every command
${described(GENERAL)}

The broker is --amqp-url, else AMQP_URL, else amqpUrl in .rollcall/connection.json of the current directory.
Exit status: 0 done, 1 not done (one line on standard error says what to do), 2 the command line is wrong.`;
}

export function commandHelp({ words, summary, options }: Command): string {
  const needed = Object.entries(options).filter(([, { required }]) => required);
  const usage = ['ctl', words, ...needed.map(([name, option]) => written(name, option)), '[options]'].join(' ');
  return `${words}: ${summary}

Usage: ${usage}

Options
${described({ ...options, ...GENERAL })}`;
}

function described(options: Options): string {
  const lines = Object.entries(options).map(([name, option]) => [written(name, option), remark(option)]);
  return aligned(lines, '  ');
}

function written(name: string, { placeholder }: Option<unknown>): string {
  return placeholder ? `--${name} ${placeholder}` : `--${name}`;
}

function remark({ summary, required, repeated }: Option<unknown>): string {
  return `${summary}${required ? ' (needed)' : ''}${repeated ? '; may be repeated' : ''}`;
}
