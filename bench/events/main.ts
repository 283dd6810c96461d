import 'reflect-metadata';
import { runBench, whole, wholes } from '../command-line.ts';
import { figure, table } from '../report/table.ts';
import { withServices } from '../with-services.ts';
import { type Lag, lags } from './lag.ts';
import { type Rate, relayRates, type Spread } from './relay-rate.ts';

const USAGE = `Usage: npm run bench:events -- [options]

How fast events leave an outbox, and how long a change takes to become a line of the ledger: a Postgres, a RabbitMQ and, for
the second, every app, of this run's own. Removes everything at the end.

  --events N    events of a round of the relay; 20000 unless told
  --rounds R    rounds; 3 unless told
  --rates A,B   writes a second whose way to the ledger is timed; 200,400 unless told
  --seconds S   length of each rate; 20 unless told
  --help        this`;

const SPREADS: Spread[] = [
  { title: '100 tenants, each event of another user', tenants: 100, subjects: 100_000 },
  { title: 'one tenant, each event of another user', tenants: 1, subjects: 100_000 },
  { title: 'one tenant, 10 users: those of one wait for each other', tenants: 1, subjects: 10 },
];

const options = { events: whole(20_000), rounds: whole(3), rates: wholes([200, 400]), seconds: whole(20) };

process.exit(
  await runBench({ script: 'bench:events', usage: USAGE, options }, ({ events, rounds, rates, seconds }) =>
    withServices(say, async () => {
      say('the relay');
      console.log(`${ratesTable(await relayRates(SPREADS, events, rounds))}\n`);
      console.log(lagsTable(await lags(rates, seconds, say)));
    }),
  ),
);

function ratesTable(rates: Rate[]): string {
  const first = rates[0]?.perSecond ?? Number.NaN;
  const rows = rates.map(({ title, perSecond, lowest, highest }) => [
    title,
    figure(perSecond),
    `${figure(lowest)} to ${figure(highest)}`,
    figure(perSecond / first),
  ]);
  return table(['a relay, confirmed by quorum queues', 'events/s', 'range', 'to the first'], rows);
}

function lagsTable(measured: Lag[]): string {
  const rows = measured.map(({ title, perSecond, p50, p99, most }) => [
    title,
    figure(perSecond),
    figure(p50),
    figure(p99),
    figure(most),
  ]);
  return table(['from commit to ledger', 'writes/s', 'p50 ms', 'p99 ms', 'max ms'], rows);
}

function say(line: string): void {
  console.error(line);
}
