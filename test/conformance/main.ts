import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { endChildren, type Services, startServices } from '../harness/services.ts';
import { type System, startSystem } from '../harness/system.ts';
import type { Section } from './case.ts';
import { type Options, readOptions, UsageError, usage } from './options.ts';
import { readable, reportOf } from './report.ts';
import { type Outcome, runSection } from './run.ts';
import { sections } from './sections.ts';

const GIVEN = ['TEST_DATABASE_URL', 'TEST_AMQP_URL', 'TEST_MANAGEMENT_URL'];

class Interrupted extends Error {
  constructor(readonly code: number) {
    super('Interrupted');
  }
}

process.exit(await main(process.argv.slice(2)));

/** @returns the exit code: 0, 1 for a failure, 2 for a wrong command line, 128 and the signal when interrupted */
async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.help) {
      console.log(usage);
      return 0;
    }
    const chosen = choose(options);
    if (options.list) {
      for (const { name, cases } of chosen) for (const each of cases) console.log(`${name}: ${each.name}`);
      return 0;
    }
    return await show(await run(chosen), options);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}. npm run conformance -- --help tells more.`);
      return 2;
    }
    console.error(process.env.DEBUG === '1' ? error : `The run failed: ${String(error)}`);
    return error instanceof Interrupted ? error.code : 1;
  }
}

function choose({ sections: wanted }: Options): Section[] {
  const chosen = sections.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  if (chosen.length === 0) {
    throw new UsageError(`No section has that in its name; there are: ${sections.map(({ name }) => name).join(', ')}`);
  }
  return chosen;
}

async function show(outcomes: Outcome[], { json }: Options): Promise<number> {
  const report = reportOf(outcomes);
  console.log(readable(report));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  return report.failed === 0 ? 0 : 1;
}

/** Everything it started is stopped when it settles, whichever way. */
async function run(chosen: readonly Section[]): Promise<Outcome[]> {
  const { promise: interrupted, reject: interrupt } = Promise.withResolvers<never>();
  interrupted.catch(() => {});
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => interrupt(new Interrupted(code)));
  }
  let services: Services | undefined;
  let system: System | undefined;
  try {
    if (!GIVEN.every((name) => process.env[name])) {
      services = await startServices(say, (reason) => interrupt(new Error(reason)));
      process.env.TEST_DATABASE_URL = services.databaseUrl;
      process.env.TEST_AMQP_URL = services.amqpUrl;
      process.env.TEST_MANAGEMENT_URL = services.managementUrl;
    }
    say('bringing up the system');
    system = await Promise.race([startSystem(), interrupted]);
    const outcomes: Outcome[] = [];
    for (const section of chosen) {
      say(section.name);
      outcomes.push(...(await Promise.race([runSection(system, section), interrupted])));
    }
    return outcomes;
  } finally {
    await system?.stop().catch((error: Error) => say(`while stopping: ${error.message}`));
    await services?.stop();
    await endChildren();
  }
}

function say(line: string): void {
  console.error(line);
}
