import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { startSystem } from '../../test/harness/system.ts';
import { runBench, someOf, type Values, whole } from '../command-line.ts';
import { median } from '../measure/percentile.ts';
import { figure, table } from '../report/table.ts';
import { withServices } from '../with-services.ts';
import { bareRate } from './bare.ts';
import { type Drained, drain } from './drain.ts';
import { backlog } from './events.ts';
import { instants, previews, type Took, termClose } from './questions.ts';

const CASES = ['one', 'many', 'backlog', 'instants', 'preview', 'close'] as const;

const USAGE = `Usage: npm run bench:billing -- [options]

How fast billing takes the directory's events, and how long its questions take: a Postgres, a RabbitMQ and every app of this run's
own. Removes everything at the end.

  --cases LIST    of ${CASES.join(', ')}; all unless told
  --events N      events of a round of one hot tenant, and of many; 30000 unless told
  --rounds R      rounds of these; 3 unless told
  --tenants N     how many are many; 10000 unless told
  --backlog N     events that wait while SCIM writes go on; 100000 unless told (1000000 takes ten minutes and more)
  --writes N      SCIM creates a second meanwhile; 50 unless told
  --lines N       ledger lines of the tenant whose past is asked for; 1000000 unless told
  --seats N       seats of the tenant whose invoice is previewed, and whose term is closed; 100000 unless told
  --past N        its ledger lines of people who left before the term; 1000000 unless told
  --together N    previews of it at once; 1 unless told
  --help          this`;

/** As npm start runs billing (docs/operations.md). It compares nothing with the directory, which knows none of these tenants. */
const AS_STARTED = '--max-semi-space-size=16 --max-old-space-size=1024';
/** Longer than billing waits before it looks for what is to be reckoned. */
const RECKONED_MS = 75_000;

const options = {
  cases: someOf(CASES),
  events: whole(30_000),
  rounds: whole(3),
  tenants: whole(10_000),
  backlog: whole(100_000),
  writes: whole(50),
  lines: whole(1_000_000),
  seats: whole(100_000),
  past: whole(1_000_000),
  together: whole(1),
};

process.exit(await runBench({ script: 'bench:billing', usage: USAGE, options }, measure));

async function measure(told: Values<typeof options>): Promise<void> {
  const { cases, events, rounds, tenants, backlog: waiting, writes, lines, ...asked } = told;
  await withServices(say, async (services) => {
    const system = await startSystem({
      env: {
        'scim-gateway': { RATE_LIMIT: '1000000000' },
        billing: { NODE_OPTIONS: AS_STARTED, RECONCILE_HOURS: '0', TERM_CUTOFF_HOURS: '0' },
      },
    });
    try {
      const pids = { postgres: services.postgres.pid, rabbitmq: services.rabbitmq.pid };
      const drained = (all: ReturnType<typeof backlog>) => drain({ system, all, pids, say });
      const rates: [string, Drained[], number[]][] = [];
      for (const [name, title, count] of [
        ['one', 'one hot tenant', 1],
        ['many', `${tenants} tenants`, tenants],
      ] as const) {
        if (!cases.includes(name)) continue;
        const [found, bare]: [Drained[], number[]] = [[], []];
        for (let round = 1; round <= rounds; round += 1) {
          say(`${title}, round ${round}`);
          found.push(await drained(backlog(count, events)));
          bare.push(await bareRate(backlog(count, events)));
        }
        rates.push([title, found, bare]);
      }
      if (rates.length > 0) console.log(`${ratesTable(rates, events)}\n`);
      if (cases.includes('backlog')) {
        say(`a backlog of ${waiting}, with writes`);
        const team = await system.createTeam();
        const all = backlog(100, waiting);
        console.log(
          `${backlogTable(await drain({ system, all, writes: { team, perSecond: writes }, pids, say }), waiting)}\n`,
        );
      }
      const took: [string, Took][] = [];
      if (cases.includes('instants')) {
        say(`a ledger of ${lines} lines`);
        took.push([`seats at a past instant, ${lines} lines`, await instants(system, lines, () => delay(RECKONED_MS))]);
      }
      if (cases.includes('preview')) {
        const { seats, past, together } = asked;
        say(`${seats} seats, ${past} lines before`);
        const title = `${together === 1 ? 'an' : `${together}`} invoice preview${together === 1 ? '' : 's'} of ${seats} seats, ${past} lines before`;
        took.push([title, await previews(system, { seats, past, together })]);
      }
      if (took.length > 0) console.log(`${tookTable(took)}\n`);
      if (cases.includes('close')) {
        const title = `the close of a term of ${asked.seats} seats, ${asked.past} lines before`;
        say(title);
        const { ms, memory } = await termClose(system, asked);
        console.log(table(['in one transaction', 'ms', 'billing, MB'], [[title, figure(ms), figure(memory)]]));
      }
    } finally {
      await system.stop();
    }
  });
}

function ratesTable(rates: [string, Drained[], number[]][], events: number): string {
  const rows = rates.map(([title, found, bare]) => {
    const speeds = found.map(({ perSecond }) => perSecond);
    const ofBare = median(found.map(({ perSecond }, index) => perSecond / (bare[index] ?? Number.NaN)));
    const cpu = (name: string) => figure(median(found.map((each) => ((each.cpu[name] ?? Number.NaN) / events) * 1e6)));
    return [
      title,
      figure(median(speeds)),
      `${figure(Math.min(...speeds))} to ${figure(Math.max(...speeds))}`,
      figure(median(bare)),
      figure(ofBare),
      ...['billing', 'postgres', 'rabbitmq'].map(cpu),
    ];
  });
  const heading = [
    'from queue to told',
    'events/s',
    'range',
    'bare events/s',
    'ratio',
    'billing µs',
    'postgres µs',
    'rabbitmq µs',
  ];
  return table(heading, rows);
}

function backlogTable({ perSecond, seconds, memory, writes }: Drained, events: number): string {
  return table(
    [`a backlog of ${events.toLocaleString('en')}`, ''],
    [
      ['events/s', figure(perSecond)],
      ['seconds', figure(seconds)],
      ['billing, MB at most', figure(memory.most)],
      ['mean of the first third, and of the last', `${figure(memory.first)}, ${figure(memory.last)}`],
      ['SCIM creates/s meanwhile', figure(writes?.perSecond)],
      ['their p50 and p99, ms', `${figure(writes?.p50)}, ${figure(writes?.p99)}`],
    ],
  );
}

function tookTable(took: [string, Took][]): string {
  const rows = took.map(([title, { first, p50, most, memory }]) => [title, ...[first, p50, most, memory].map(figure)]);
  return table(['over HTTP, ms', 'first', 'p50', 'most', 'billing, MB'], rows);
}

function say(line: string): void {
  console.error(line);
}
