import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Interrupted, interruption } from '../harness/interruption.ts';
import { endChildren, type Services, startServices } from '../harness/services.ts';
import { wholeNumber } from '../harness/whole-number.ts';
import { CLUSTER_FAULTS, startClusterServices } from './cluster.ts';
import { mountDisks } from './disks.ts';
import { FAULTS } from './faults.ts';
import { plan } from './plan.ts';
import { failed, readable } from './report.ts';
import { type RoundReport, runRounds } from './run.ts';
import { startWorld, type World } from './world.ts';

const usage = `Usage: npm run chaos [-- options]

Starts two of each service on a Postgres and a RabbitMQ of its own, lets stand-ins for Okta change people and groups of
several tenants, does one bad thing after another to the system, and checks after each that nothing acknowledged is lost,
nothing is counted twice and everything is in order. Prints a table; exit code 1 if a promise was broken.

  --minutes N   about how long (5); the faults are chosen and ordered by the seed
  --seed N      the same seed gives the same faults at the same points (20260801)
  --fault TEXT  only the faults with this in their name, each once; may be given more than once
  --hold N      how long a fault that lasts does so, seconds (5)
  --teams N     tenants (4)
  --clients N   stand-ins for Okta of each tenant (2)
  --json FILE   write every round to a file as well
  --cluster     on a RabbitMQ of three nodes, whose nodes are what fails; each fault once
  --list        the faults, without running any
  --help        this`;

interface Options {
  minutes: number;
  seed: number;
  only: string[];
  holdMs: number;
  teams: number;
  clientsPerTeam: number;
  json: string | undefined;
  cluster: boolean;
}

process.exit(await main(process.argv.slice(2)));

/** @returns the exit code: 0, 1 for a broken promise, 2 for a wrong command line, 128 and the signal when interrupted */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const rounds = options.cluster
    ? plan({ ...options, minutes: 1, only: onlyOf(options) }, CLUSTER_FAULTS)
    : plan(options);
  if (rounds.length === 0) {
    console.error('No fault has that in its name; npm run chaos -- --list tells them.');
    return 2;
  }
  console.error(`seed ${options.seed}, ${rounds.length} faults`);
  try {
    const reports = await inWorld(options, (world) => runRounds(world, rounds, options, say));
    console.log(readable(reports));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(reports, null, 2)}\n`);
    return failed(reports) ? 1 : 0;
  } catch (error) {
    console.error(process.env.DEBUG === '1' ? error : `The run failed: ${String(error)}`);
    return error instanceof Interrupted ? error.code : 1;
  }
}

/** A cluster's faults are few: without a choice, all of them once. */
function onlyOf({ only }: Options): string[] {
  return only.length > 0 ? only : ['cluster'];
}

async function inWorld<T>({ teams, cluster }: Options, work: (world: World) => Promise<T>): Promise<T> {
  const { interrupted } = interruption();
  let services: Services | undefined;
  let world: World | undefined;
  let disks: World['disks'];
  try {
    services = cluster
      ? await startClusterServices(console.error, () => {})
      : await startServices(
          console.error,
          () => {},
          async (folder) => {
            const mounted = await mountDisks(folder);
            disks = mounted.disks;
            return mounted.unmount;
          },
        );
    world = await Promise.race([startWorld(services, { teams, replicas: 2, disks }), interrupted]);
    return await Promise.race([work(world), interrupted]);
  } finally {
    await world?.stop();
    await services?.stop();
    await endChildren();
  }
}

function say({ fault, skipped, findings }: RoundReport): void {
  console.error(`${findings.length > 0 ? 'BROKEN' : skipped ? 'left out' : 'kept'}: ${fault}`);
  for (const { invariant, problems } of findings) for (const each of problems) console.error(`  ${invariant}: ${each}`);
}

function readOptions(args: string[]): Options | number {
  try {
    const { values } = parseArgs({
      args,
      options: {
        minutes: { type: 'string', default: '5' },
        seed: { type: 'string', default: '20260801' },
        fault: { type: 'string', multiple: true, default: [] },
        hold: { type: 'string', default: '5' },
        teams: { type: 'string', default: '4' },
        clients: { type: 'string', default: '2' },
        json: { type: 'string' },
        cluster: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help || values.list) {
      console.log(values.help ? usage : [...FAULTS, ...CLUSTER_FAULTS].map(({ name }) => name).join('\n'));
      return 0;
    }
    return {
      minutes: wholeNumber(values.minutes),
      seed: wholeNumber(values.seed),
      only: values.fault,
      holdMs: wholeNumber(values.hold) * 1_000,
      teams: wholeNumber(values.teams),
      clientsPerTeam: wholeNumber(values.clients),
      json: values.json,
      cluster: values.cluster,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}. npm run chaos -- --help tells more.`);
    return 2;
  }
}
