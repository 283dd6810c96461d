import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { Interrupted } from '../harness/interruption.ts';
import { withSystem } from '../harness/with-system.ts';
import type { Section } from './case.ts';
import { type Options, readOptions, UsageError, usage } from './options.ts';
import { readable, reportOf } from './report.ts';
import { type Outcome, runSection } from './run.ts';
import { sections } from './sections.ts';

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

async function run(chosen: readonly Section[]): Promise<Outcome[]> {
  return withSystem(say, async (system) => {
    const outcomes: Outcome[] = [];
    for (const section of chosen) {
      say(section.name);
      outcomes.push(...(await runSection(system, section)));
    }
    return outcomes;
  });
}

function say(line: string): void {
  console.error(line);
}
