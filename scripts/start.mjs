import { parseArgs } from 'node:util';
import { step } from './progress.mjs';
import { Refusal, report } from './refusal.mjs';
import { freePorts } from './services/ports.mjs';
import { provideServices } from './services/provide.mjs';
import { ensureDatabases } from './start/databases.mjs';
import { demoTenant } from './start/demo.mjs';
import { launchService } from './start/service.mjs';
import {
  endLeftoverApps,
  files,
  forgetRunning,
  refuseWhileRunning,
  rememberRunning,
  writeConnection,
} from './start/state.mjs';
import { build, ensureDependencies, nodeBinary, run } from './toolchain.mjs';

const usage = `Usage: npm start -- [options]

Starts everything on this machine: Postgres, RabbitMQ, the directory, billing and the SCIM gateway, with a demo tenant.
Postgres and RabbitMQ are those of DATABASE_URL and AMQP_URL if set, else Docker's, else private ones in .rollcall/
(ROLLCALL_HOME names another folder).

  --demo        plays the identity provider's story once everything is ready
  --exit        with --demo: stops everything afterwards, with the story's exit code
  --replicas N  so many of each service (1, at most 9); with more than one there is a balancer on the service's port, and
                a replica that ends is started again: kill -TERM rolls it, kill -9 fails it
  --json-logs   prints the services' log lines as they are
  --help        this`;

/** Ctrl-C under npm arrives twice, from the terminal and from npm; a person is slower than this, milliseconds. */
const sameKeyPress = 500;

/** What runs, in the order in which it is stopped. */
const apps = /** @type {Awaited<ReturnType<typeof launchService>>[]} */ ([]);
/** @type {Awaited<ReturnType<typeof provideServices>> | undefined} */
let services;
/** @type {Promise<never> | undefined} */
let stopping;
/** @type {Promise<unknown> | undefined} a start of the services that has not ended yet */
let providing;
let stopAsked = 0;
let claimed = false;
/** @type {object | undefined} where everything is, once everything runs */
let connection;
/** The story is being told: its lines are what people came for. */
let telling = false;

const options = readOptions();
process.on('SIGINT', () => interrupted(130));
process.on('SIGTERM', () => interrupted(143));
process.on('SIGHUP', () => interrupted(129));
try {
  await main();
} catch (error) {
  if (stopping === undefined) report(error);
  await stopEverything(1);
}

async function main() {
  refuseWhileRunning('use that one, or stop it first (Ctrl-C there)');
  await endLeftoverApps();
  rememberRunning();
  claimed = true;
  const started = performance.now();

  await step('dependencies', (say) => ensureDependencies(say));
  const node = await step('node', () => nodeBinary());
  await step('build', () => build({ node, prefix: '    ' }));
  const running = await step('services', async (say) => {
    const provided = provideServices({ directory: files.folder, log: say, onExit: died });
    providing = provided;
    services = await provided;
    return services;
  });
  const { databaseUrl, amqpUrl, managementUrl } = running;
  const [directoryUrl = '', billingUrl = ''] = await step('databases', () =>
    ensureDatabases(databaseUrl, ['directory', 'billing']),
  );
  await step('migrations', async (say) => {
    await migrate(node, 'directory', directoryUrl, say);
    await migrate(node, 'billing', billingUrl, say);
  });
  const ports = await freePorts(['gateway', 'billing', 'directory'], { gateway: 7300, billing: 7301, directory: 7302 });
  await step('apps', async () => {
    const common = {
      node,
      jsonLogs: options['json-logs'],
      quiet: () => telling,
      onExit: died,
      replicas: options.replicas,
      onChange: remember,
    };
    const launch = async (
      /** @type {'gateway' | 'billing' | 'directory'} */ name,
      /** @type {string} */ app,
      /** @type {NodeJS.ProcessEnv} */ env,
    ) => {
      refuseWhenStopping();
      const file = `dist/apps/${app}/src/main.js`;
      apps.push(await launchService({ ...common, name, file, port: ports[name], env: { AMQP_URL: amqpUrl, ...env } }));
      remember();
    };
    await launch('gateway', 'scim-gateway', { DATABASE_URL: undefined });
    await launch('directory', 'directory', { DATABASE_URL: directoryUrl });
    // docs/operations.md: billing's memory
    const small = '--max-semi-space-size=16 --max-old-space-size=1024';
    const NODE_OPTIONS = [process.env.NODE_OPTIONS, small].filter(Boolean).join(' ');
    await launch('billing', 'billing', { DATABASE_URL: billingUrl, NODE_OPTIONS });
    await Promise.all(apps.map((app) => app.ready()));
  });
  const scimBaseUrl = `http://127.0.0.1:${ports.gateway}/scim/v2`;
  const demo = await step('demo tenant', () => demoTenant({ node, amqpUrl, scimBaseUrl }));
  refuseWhenStopping();
  connection = {
    scimBaseUrl,
    ...demo,
    billingUrl: `http://127.0.0.1:${ports.billing}`,
    amqpUrl,
    managementUrl,
    databaseUrls: { directory: directoryUrl, billing: billingUrl },
  };
  remember();
  announce({ scimBaseUrl, demo, billingPort: ports.billing, managementUrl, took: performance.now() - started });

  if (!options.demo) return;
  const story = ['dist/tools/okta/src/main.js', 'story', '--connection', files.connection];
  telling = true;
  const code = await run(node, story);
  telling = false;
  if (options.exit) await stopEverything(code);
  console.log(
    code === 0 ? 'The story has been told. Ctrl-C stops everything.' : `The story ended with exit code ${code}.`,
  );
}

/** Writes down what runs, for the next start and for scripts. */
function remember() {
  const pids = Object.fromEntries(apps.flatMap((app) => app.pids()));
  rememberRunning(Object.values(pids));
  if (connection) writeConnection({ ...connection, pids: { start: process.pid, ...pids, ...services?.pids } });
}

/**
 * @param {string} node
 * @param {'directory' | 'billing'} app
 * @param {string} databaseUrl
 * @param {(line: string) => void} say
 */
async function migrate(node, app, databaseUrl, say) {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  const code = await run(node, [`dist/apps/${app}/src/migrate.js`], { env, onLine: say });
  if (code !== 0)
    throw new Refusal(`The migrations of ${app} failed (above): mend them, or run npm run reset to start empty`);
}

/**
 * @param {{ scimBaseUrl: string, demo: Awaited<ReturnType<typeof demoTenant>>, billingPort: number, managementUrl?: string, took: number }} what
 */
function announce({ scimBaseUrl, demo, billingPort, managementUrl, took }) {
  const rows = [
    ['SCIM base URL', scimBaseUrl],
    ['Username', demo.username],
    ['Token', demo.token],
    ['Billing API', `http://127.0.0.1:${billingPort}/v1/tenants/${demo.tenantId}/seats`],
    ['Billing key', demo.billingKey],
  ];
  if (managementUrl !== undefined) {
    const { origin, username, password } = new URL(managementUrl);
    rows.push(['RabbitMQ', `${origin}  (${username} / ${password})`]);
  }
  if (options.replicas > 1) rows.push(['Replicas', `${options.replicas} of each service, behind a balancer`]);
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(14)} ${value}`);
  console.log(
    `\nRollcall is ready (${(took / 1000).toFixed(1)} s)\n\n${lines.join('\n')}\n\n  Ctrl-C stops everything.\n`,
  );
}

/** @param {string} reason */
function died(reason) {
  if (stopping !== undefined) return;
  console.error(`${reason}. Stopping everything.`);
  void stopEverything(1);
}

/** @param {number} code */
function interrupted(code) {
  const now = performance.now();
  if (stopping === undefined) {
    stopAsked = now;
    console.log('\nStopping (Ctrl-C again kills at once)');
    void stopEverything(code);
  } else if (now - stopAsked > sameKeyPress) {
    for (const app of apps) app.killNow();
    for (const pid of Object.values(services?.pids ?? {})) killGroup(pid);
    if (claimed) forgetRunning();
    process.exit(code);
  }
}

function refuseWhenStopping() {
  if (stopping !== undefined) throw new Refusal('Stopped');
}

/**
 * @param {number} code the exit code of this process
 * @returns {Promise<never>}
 */
function stopEverything(code) {
  stopping ??= (async () => {
    for (const app of apps) await app.stop();
    await providing?.catch(() => {});
    await services?.stop();
    if (claimed) forgetRunning();
    process.exit(code);
  })();
  return stopping;
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function readOptions() {
  try {
    const flag = /** @type {const} */ ({ type: 'boolean', default: false });
    const { values } = parseArgs({
      options: { demo: flag, exit: flag, 'json-logs': flag, help: flag, replicas: { type: 'string', default: '1' } },
    });
    if (!/^[1-9]$/.test(values.replicas)) throw new Error('--replicas takes a number from 1 to 9');
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    return { ...values, replicas: Number(values.replicas) };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message.split('.')[0] : error}\n\n${usage}`);
    process.exit(2);
  }
}
