import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from './progress.mjs';
import { Refusal, report } from './refusal.mjs';
import { endLeftoverPostgres } from './services/postgres.mjs';
import { isAlive, readJson } from './services/processes.mjs';
import { provideServices } from './services/provide.mjs';
import { endLeftoverRabbitmq } from './services/rabbitmq.mjs';
import { ensureDependencies, nodeBinary, programs, root, run } from './toolchain.mjs';

const usage = `Usage: npm test [-- <jest arguments>]

Without arguments: lint, build, types, boundaries, the unit, integration and e2e tests, and two minutes of chaos. With arguments, only the
tests they select: npm test -- users, npm test -- -t 'adopts a local user'.
Integration and e2e tests get a private Postgres and RabbitMQ in .rollcall/test/, removed afterwards, or those of
TEST_DATABASE_URL and TEST_AMQP_URL.

  --help  this`;

const kinds = /** @type {const} */ ([
  { name: 'unit', project: 'unit', services: false },
  { name: 'integration', project: 'int', services: true },
  { name: 'e2e', project: 'e2e', services: true },
]);

const filters = process.argv.slice(2);
const all = filters.length === 0;
const testFolder = join(root, '.rollcall', 'test');
const directory = join(testFolder, String(process.pid));
const reports = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
/** @type {{ name: string, result: string, took: number }[]} */
const table = [];
/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
const counts = { passed: 0, failed: 0 };
/** @type {ReturnType<typeof provideServices> | undefined} */
let providing;
let interrupted = 0;

if (filters.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => {
    interrupted ||= code;
    for (const child of children) child.kill('SIGTERM');
  });
}

let exitCode = 0;
try {
  await main();
} catch (error) {
  exitCode = interrupted || report(error);
}
await (await providing?.catch(() => undefined))?.stop();
rmSync(directory, { recursive: true, force: true });
rmSync(reports, { recursive: true, force: true });
console.log(
  `\n${table.map(({ name, result, took }) => `  ${result.padEnd(6)} ${name.padEnd(14)} ${seconds(took)}`).join('\n')}\n`,
);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(exitCode);

async function main() {
  await timed('dependencies', async () => {
    await ensureDependencies();
    return 0;
  });
  const node = await nodeBinary();
  const selected = all ? [...kinds] : await kindsWithTests(node);
  if (selected.length === 0) throw new Refusal(`No test matches ${filters.join(' ')}: leave the filter out to run all`);
  if (selected.some((kind) => kind.services)) {
    await removeLeftovers();
    providing = provideServices({
      directory,
      log: (line) => console.log(`    ${line}`),
      docker: false,
      given: {
        databaseUrl: process.env.TEST_DATABASE_URL,
        amqpUrl: process.env.TEST_AMQP_URL,
        managementUrl: process.env.TEST_MANAGEMENT_URL,
      },
    });
    providing.catch(() => {});
  }

  const compile = program('build', node, [programs.tsc, '-p', 'tsconfig.build.json']);
  if (all) {
    await allOf([
      program('lint', node, [programs.biome, 'ci', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '.']),
      compile,
    ]);
    await allOf([
      program('types', node, [programs.tsc, '--noEmit', '-p', 'tsconfig.json']),
      program('boundaries', node, [
        programs.depcruise,
        '--config',
        '.dependency-cruiser.cjs',
        'apps',
        'libs',
        'tools',
        'bench',
      ]),
    ]);
  } else {
    await allOf([compile]);
  }
  for (const kind of selected) {
    const services = kind.services ? await waitForServices() : undefined;
    await jest(node, kind, services);
  }
  if (all) await chaos(node);
}

/**
 * Two minutes of faults, always the same ones; npm run chaos has more.
 *
 * @param {string} node
 */
async function chaos(node) {
  console.log('\nchaos: one fault after another');
  const show = (/** @type {string} */ line) => console.log(`    ${line}`);
  const args = ['dist/test/chaos/main.js', '--minutes', '2', '--seed', '20260801'];
  await allOf([() => timed('chaos', () => run(node, args, { onLine: show, onStart }))]);
}

async function waitForServices() {
  let services = /** @type {Awaited<ReturnType<typeof provideServices>> | undefined} */ (undefined);
  if (table.some(({ name }) => name === 'services')) return providing;
  await timed('services', async () => {
    services = await providing;
    return 0;
  });
  return services;
}

/**
 * A step that runs a program. Its output is kept together and shown when it has ended.
 *
 * @param {string} name
 * @param {string} node
 * @param {string[]} args
 * @returns {() => Promise<void>}
 */
function program(name, node, args) {
  return () =>
    timed(name, async () => {
      /** @type {string[]} */
      const lines = [];
      const code = await run(node, args, { onLine: (line) => lines.push(line), onStart });
      if (code !== 0) console.log(lines.join('\n'));
      return code;
    });
}

/**
 * Runs steps at the same time; when several fail, the first to fail is the one reported.
 *
 * @param {(() => Promise<void>)[]} steps
 */
async function allOf(steps) {
  /** @type {unknown[]} */
  const failures = [];
  await Promise.all(steps.map((each) => each().catch((error) => failures.push(error))));
  if (failures.length > 0) throw failures[0];
}

/**
 * @param {string} node
 * @param {(typeof kinds)[number]} kind
 * @param {Awaited<ReturnType<typeof provideServices>> | undefined} services
 */
async function jest(node, kind, services) {
  const outputFile = join(reports, `${kind.project}.json`);
  const env = { ...process.env };
  if (services !== undefined) {
    env.TEST_DATABASE_URL = services.databaseUrl;
    env.TEST_AMQP_URL = services.amqpUrl;
    if (services.managementUrl !== undefined) env.TEST_MANAGEMENT_URL = services.managementUrl;
  }
  console.log(`\n${kind.name} tests`);
  const args = ['--selectProjects', kind.project, '--json', `--outputFile=${outputFile}`, ...filters];
  try {
    await timed(kind.name, () => run(node, jestCommand(args), { env, onLine: printUnlessReport, onStart }));
  } finally {
    count(readJson(outputFile));
  }
}

/** @param {string[]} args */
function jestCommand(args) {
  return ['--experimental-vm-modules', '--no-warnings', programs.jest, ...args];
}

/** With --json jest prints the report as well; it is in the file already. @param {string} line */
function printUnlessReport(line) {
  if (!line.startsWith('{"num') && !line.startsWith('Test results written to')) console.log(line);
}

/** A test file that could not even be loaded counts as one failed test. @param {any} result of jest --json */
function count(result) {
  counts.passed += result?.numPassedTests ?? 0;
  counts.failed += result === undefined ? 1 : result.numFailedTests + result.numRuntimeErrorTestSuites;
}

/** @param {string} node */
async function kindsWithTests(node) {
  const selected = [];
  const passing = filters.filter((filter, at) => !filter.startsWith('-') && !filters[at - 1]?.startsWith('-'));
  for (const kind of kinds) {
    /** @type {string[]} */
    const files = [];
    const args = ['--selectProjects', kind.project, '--listTests', '--passWithNoTests', ...passing];
    await run(node, jestCommand(args), { onLine: (line) => files.push(line), onStart });
    if (files.some((file) => file.endsWith('.spec.ts'))) selected.push(kind);
  }
  return selected;
}

/** Services of test runs that were killed. */
async function removeLeftovers() {
  mkdirSync(testFolder, { recursive: true });
  for (const entry of readdirSync(testFolder)) {
    if (isAlive(Number(entry) || 0) && Number(entry) > 0) continue;
    const left = join(testFolder, entry);
    await Promise.all([endLeftoverPostgres(join(left, 'postgres')), endLeftoverRabbitmq(join(left, 'rabbitmq'))]);
    rmSync(left, { recursive: true, force: true });
  }
}

/**
 * @param {string} name
 * @param {() => Promise<number>} work gives an exit code
 */
async function timed(name, work) {
  if (interrupted) throw new Refusal('Interrupted');
  const start = performance.now();
  const row = { name, result: 'FAILED', took: 0 };
  table.push(row);
  try {
    const code = await work();
    if (code !== 0)
      throw new Refusal(interrupted ? 'Interrupted' : `npm test failed at ${name} (exit code ${code}): see above`);
    row.result = 'ok';
  } finally {
    row.took = performance.now() - start;
    console.log(`  ${row.result.padEnd(6)} ${name.padEnd(14)} ${seconds(row.took)}`);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
function onStart(child) {
  children.add(child);
  child.once('close', () => children.delete(child));
}
