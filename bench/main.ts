import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { oneLine, UsageError } from './command-line.ts';
import { type Options, readOptions, usage } from './options.ts';
import { type Report, readable } from './report/report.ts';
import { run } from './run.ts';

process.exit(await main(process.argv.slice(2)));

/** @returns the exit code: 0, 1 for a run that failed, 2 for a wrong command line, 128 and the signal when interrupted */
async function main(args: string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}. npm run bench -- --help tells more.`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }

  const interruption = new AbortController();
  let interrupted = 0;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      interrupted ||= code;
      interruption.abort(new Error('Interrupted'));
    });
  }

  let report: Report | undefined;
  let failure: Error | undefined;
  try {
    await run({
      options,
      say: (line) => console.error(line),
      interruption,
      onReport: (soFar) => {
        report = soFar;
      },
    });
  } catch (error) {
    failure = error as Error;
  }
  if (report !== undefined) {
    console.log(readable(report));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (failure === undefined) return 0;
  console.error(process.env.DEBUG === '1' ? failure : `The run failed: ${oneLine(failure.message)}`);
  return interrupted || 1;
}
