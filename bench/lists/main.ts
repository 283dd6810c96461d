import 'reflect-metadata';
import { availableParallelism, loadavg } from 'node:os';
import { interruption } from '../../test/harness/interruption.ts';
import { runBench, type Values, whole } from '../command-line.ts';
import { figure, table } from '../report/table.ts';
import { createDirectory, type Directory, type Server, startServer } from './directory.ts';
import { fill, nthId } from './fill.ts';
import { type Changed, changes, replaced } from './memberships.ts';
import { type Answered, ask, questions } from './questions.ts';
import { startWriter, type Walked, type WalkOptions, walk } from './walk.ts';
import { type WriteCost, writeCosts } from './write-cost.ts';

const USAGE = `Usage: npm run bench:lists -- [options]

Fills one tenant of a Postgres of its own with users and measures lists, walks and changes of members, within the directory, without HTTP and
broker; then what indexes and totals cost a create. Removes everything at the end.

  --users N     users of the tenant; 100000 unless told
  --seconds S   length of a round of creates; 2 unless told, 0 for none
  --help        this`;

const options = { users: whole(100_000, 1_000), seconds: whole(2, 0) };

process.exit(await runBench({ script: 'bench:lists', usage: USAGE, options }, measure));

async function measure(told: Values<typeof options>): Promise<void> {
  const [load = 0] = loadavg();
  const { interrupted } = interruption();
  const server = await startServer(say);
  try {
    await Promise.race([measureOn(server, load, told), interrupted]);
  } finally {
    await server.stop();
  }
}

async function measureOn(server: Server, load: number, { users, seconds }: Values<typeof options>): Promise<void> {
  const directory = await createDirectory(server, 'lists');
  say(`filling a tenant with ${users.toLocaleString('en')} users`);
  await fill(directory, users);
  const [{ version } = { version: '' }] = await directory.dataSource.query<{ version: string }[]>(
    "SELECT current_setting('server_version') AS version",
  );
  console.log(`${users.toLocaleString('en')} users; ${availableParallelism()} cores, load ${load.toFixed(1)} before`);
  console.log(`Node ${process.versions.node}, Postgres ${version}\n`);
  const asked = questions(users);
  for (const question of asked.slice(0, 2)) await ask(directory, question); // compiles what all of them run through
  const answered: Answered[] = [];
  for (const question of asked) {
    say(question.title);
    answered.push(await ask(directory, question));
  }
  console.log(`${answersTable(answered)}\n`);
  console.log(`${walksTable(await walks(directory, users))}\n`);
  say('members of groups');
  console.log(`${changesTable(await changes(directory, users), users)}\n`);
  for (const [title, ms] of await replaced(directory, users)) console.log(`${title}: ${figure(ms)} ms`);
  console.log();
  await directory.close();
  if (seconds > 0) console.log(costsTable(await writeCosts(server, seconds)));
}

/** By index from end to end with and without a writer beside it, small pages early and late, and by cursor. */
async function walks(directory: Directory, users: number): Promise<Walked[]> {
  const pages = Math.min(500, Math.floor(users / 200));
  const late = users - pages * 100 + 1;
  const quiet: WalkOptions[] = [
    { title: 'by startIndex, count=1000', by: 'startIndex', count: 1000 },
    { title: 'by startIndex, count=100, the beginning', by: 'startIndex', count: 100, pages },
    { title: 'by startIndex, count=100, the end (jumped to)', by: 'startIndex', count: 100, pages, from: late },
    { title: 'by cursor, count=1000', by: 'cursor', count: 1000 },
  ];
  const all = new Set(Array.from({ length: users }, (_, n) => nthId(n + 1)));
  const walked: Walked[] = [];
  for (const options of quiet) {
    say(options.title);
    walked.push(await walk(directory, options, options.pages === undefined ? all : undefined));
    say(`  ${figure(walked.at(-1)?.ms)} ms a page`);
  }
  const title = 'by startIndex, count=1000, a writer beside it';
  say(title);
  const writer = startWriter(directory, [...all]);
  const busy = await walk(directory, { title, by: 'startIndex', count: 1000 }, all, writer.gone);
  const created = await writer.stop();
  return [...walked, { ...busy, title: `${title} (${created} created, ${writer.gone.size} deleted)` }];
}

function answersTable(answered: Answered[]): string {
  const first = answered[0]?.ms ?? Number.NaN;
  const rows = answered.map(({ title, ms, maxMs, answer }) => [
    title,
    answer,
    figure(ms),
    figure(maxMs),
    figure(ms / first),
  ]);
  return table(['a list of at most 100', 'answer', 'ms', 'max ms', 'to first page'], rows);
}

function walksTable(walked: Walked[]): string {
  const rows = walked.map((each) => [
    each.title,
    figure(each.pages),
    figure(each.ms),
    figure(each.maxMs),
    figure(each.lateToEarly),
    figure(each.wrong),
  ]);
  return table(['a walk', 'pages', 'ms a page', 'max ms', 'late to early', 'missed or twice'], rows);
}

function changesTable(changed: Changed[], users: number): string {
  const rows = changed.map(({ title, small, large }) => [title, figure(small), figure(large), figure(large / small)]);
  return table(['members of a group', 'of 1,000, ms', `of ${users.toLocaleString('en')}, ms`, 'ratio'], rows);
}

function costsTable(costs: WriteCost[]): string {
  const rows = costs.map(({ title, perSecond, ratio, lowest, highest }) => [
    title,
    figure(perSecond),
    figure(ratio),
    `${figure(lowest)} to ${figure(highest)}`,
  ]);
  return table(['creates, 8 at once', 'per s', 'as it is, to this', 'range'], rows);
}

function say(line: string): void {
  console.error(line);
}
