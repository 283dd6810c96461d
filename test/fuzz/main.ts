import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Interrupted } from '../harness/interruption.ts';
import { wholeNumber } from '../harness/whole-number.ts';
import { withSystem } from '../harness/with-system.ts';
import { type FuzzOptions, type FuzzReport, fuzz } from './run.ts';

const usage = `Usage: npm run fuzz [-- options]

Starts the whole system on a Postgres and a RabbitMQ of its own (or those of TEST_DATABASE_URL, TEST_AMQP_URL and
TEST_MANAGEMENT_URL) and sends it random requests that are shaped by the SCIM schemas: creates, replaces, patches, filters,
pages, searches and bulks. Prints answers by status, the slowest, and each app's memory. Exit code 1 if an answer was a
failure of ours, no SCIM message, or late, or if an app's memory grew by more than half over the run.

  --requests N  how many (100000)
  --seed N      the same seed gives the same requests (20260701)
  --clients N   requests under way at once (8)
  --help        this`;

/** Memory may move by this much, MB, whatever it was: a garbage collector takes its time. */
const SLACK_MB = 60;

process.exit(await main(process.argv.slice(2)));

/** @returns the exit code: 0, 1 for a failure, 2 for a wrong command line, 128 and the signal when interrupted */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  try {
    console.error(`seed ${options.seed}`);
    const report = await withSystem(console.error, (system) => fuzz(system, options, progress(options.requests)));
    return show(report);
  } catch (error) {
    console.error(process.env.DEBUG === '1' ? error : `The run failed: ${String(error)}`);
    return error instanceof Interrupted ? error.code : 1;
  }
}

function readOptions(args: string[]): FuzzOptions | number {
  try {
    const { values } = parseArgs({
      args,
      options: {
        requests: { type: 'string', default: '100000' },
        seed: { type: 'string', default: '20260701' },
        clients: { type: 'string', default: '8' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      return 0;
    }
    return {
      requests: wholeNumber(values.requests),
      seed: wholeNumber(values.seed),
      clients: wholeNumber(values.clients),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}. npm run fuzz -- --help tells more.`);
    return 2;
  }
}

function progress(requests: number): (sent: number) => void {
  let tenth = 0;
  return (sent) => {
    const now = Math.floor((sent * 10) / requests);
    if (now > tenth) console.error(`${sent} of ${requests}`);
    tenth = now;
  };
}

/** @returns the exit code */
function show({ sent, statuses, problems, slowestMs, memory }: FuzzReport): number {
  const grown = Object.entries(memory).filter(([, { early, late }]) => late > early * 1.5 + SLACK_MB);
  const counts = Object.entries(statuses).map(([status, times]) => `${status} × ${times}`);
  console.log(`${sent} requests: ${counts.join(', ')}; the slowest ${Math.round(slowestMs)} ms`);
  for (const [name, { early, late }] of Object.entries(memory))
    console.log(`${name}: ${early} MB, at the end ${late} MB`);
  for (const problem of problems) console.log(problem);
  for (const [name] of grown) console.log(`${name} grew by more than half`);
  return problems.length + grown.length === 0 ? 0 : 1;
}
