import { parseArgs } from 'node:util';

export const usage = `Usage: npm run conformance [-- options]

Starts the whole system on a Postgres and a RabbitMQ of its own (or those of TEST_DATABASE_URL, TEST_AMQP_URL and
TEST_MANAGEMENT_URL), sends it the requests of test/conformance/sections over HTTP, and prints what passed and failed
by section, with what was expected and what came of each failure. Exit code 1 if anything failed.

  --section NAME  only the sections with this in their name; may be given more than once
  --json FILE     write every outcome to a file as well
  --list          the sections and their cases, without running them
  --help          this`;

export class UsageError extends Error {}

export interface Options {
  sections: string[];
  json: string | undefined;
  list: boolean;
  help: boolean;
}

/** @throws UsageError with one line that says what is wrong */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        section: { type: 'string', multiple: true, default: [] },
        json: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return { sections: values.section, json: values.json, list: values.list, help: values.help };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replace(/\s*\n[\s\S]*/, '') : String(error));
  }
}
