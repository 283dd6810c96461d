import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, Refusal } from '../refusal.mjs';
import { findProgram, isExecutable, until } from './processes.mjs';

const policy = '/usr/sbin/policy-rc.d';
const lockPatience = 300_000;

/**
 * Where RabbitMQ's programs are; on a Debian-like system root gets them installed when they are missing.
 *
 * @param {(line: string) => void} log
 * @returns {Promise<{ server: string, epmd: string }>}
 */
export async function findRabbitmq(log) {
  const found = findServer();
  if (found !== undefined) return { server: found, epmd: findEpmd() };
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
    throw new Refusal(
      'RabbitMQ is not installed: install it (Debian, Ubuntu: sudo apt-get install rabbitmq-server; macOS: brew install rabbitmq), or start Docker, or set AMQP_URL',
    );
  }
  await install(log);
  const installed = findServer();
  if (installed === undefined)
    throw new Refusal('rabbitmq-server was installed but is not there: apt-get install --reinstall rabbitmq-server');
  return { server: installed, epmd: findEpmd() };
}

/**
 * The plain script, not Debian's wrapper of the same name in /usr/sbin: that one changes to the user rabbitmq and
 * drops our environment.
 *
 * @returns {string | undefined}
 */
function findServer() {
  const library = '/usr/lib/rabbitmq/lib';
  const versions = existsSync(library) ? readdirSync(library).map((version) => join(library, version, 'sbin')) : [];
  const plain = ['/usr/lib/rabbitmq/bin', ...versions].map((folder) => join(folder, 'rabbitmq-server'));
  return (
    plain.find(isExecutable) ?? findProgram('rabbitmq-server', ['/usr/sbin', '/opt/homebrew/sbin', '/usr/local/sbin'])
  );
}

/** @returns {string} */
function findEpmd() {
  const inPath = findProgram('epmd', ['/usr/bin', '/opt/homebrew/bin', '/usr/local/bin']);
  if (inPath !== undefined) return inPath;
  const erlang = findProgram('erl', ['/usr/bin', '/opt/homebrew/bin', '/usr/local/bin']);
  if (erlang !== undefined) {
    const ask = ['-noshell', '-eval', 'io:format("~s", [code:root_dir()]), halt().'];
    const root = execFileSync(erlang, ask, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const epmd = readdirSync(root)
      .filter((name) => name.startsWith('erts-'))
      .map((name) => join(root, name, 'bin', 'epmd'))
      .find(isExecutable);
    if (epmd !== undefined) return epmd;
  }
  throw new Refusal('RabbitMQ is installed but Erlang is not to be found: put the folder of erl and epmd into PATH');
}

/** @param {(line: string) => void} log */
async function install(log) {
  log('installing rabbitmq-server with apt-get (its own system service stays off)');
  const allowServices = forbidServices();
  /** @param {NodeJS.Signals} signal */
  const interrupted = (signal) => {
    allowServices();
    process.removeListener(signal, interrupted);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    await aptGet(['update'], log);
    await aptGet(['install', '-y', '--no-install-recommends', 'rabbitmq-server'], log);
  } finally {
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
    allowServices();
  }
}

/**
 * Keeps the package from starting a broker of its own: Debian's packages ask /usr/sbin/policy-rc.d first.
 *
 * @returns {() => void} puts everything back as it was; may be called twice
 */
function forbidServices() {
  if (existsSync(policy) && forbidsAlready()) return () => {};
  const kept = `${policy}.before-rollcall`;
  if (existsSync(policy)) renameSync(policy, kept);
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  let restored = false;
  return () => {
    if (restored) return;
    restored = true;
    if (existsSync(kept)) renameSync(kept, policy);
    else rmSync(policy, { force: true });
  };
}

function forbidsAlready() {
  try {
    execFileSync(policy, ['rabbitmq-server', 'start'], { stdio: 'ignore' });
    return false;
  } catch (error) {
    return /** @type {{ status?: number }} */ (error).status === 101;
  }
}

/**
 * @param {string[]} args
 * @param {(line: string) => void} log
 */
async function aptGet(args, log) {
  let waiting = false;
  /** @type {{ code: number, said: string } | undefined} */
  let last;
  // apt-get waits by itself for dpkg's lock, but not for the lock of the package lists.
  const done = await until(
    async () => {
      last = await runAptGet(args);
      if (last.code === 0) return true;
      if (!/could not get lock|unable to (acquire|lock)/i.test(last.said)) return true;
      if (!waiting) log('waiting for another apt-get or dpkg to finish');
      waiting = true;
      return false;
    },
    { deadline: lockPatience, every: 2_000 },
  );
  if (done && last?.code === 0) return;
  throw new Refusal(
    `apt-get ${args[0]} failed: mend it and start again, or install rabbitmq-server yourself. It said:\n${lastLines(last?.said ?? '', 8)}`,
  );
}

/**
 * @param {string[]} args
 * @returns {Promise<{ code: number, said: string }>}
 */
function runAptGet(args) {
  return new Promise((resolve) => {
    const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.once('error', (error) => resolve({ code: 1, said: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, said }));
  });
}
