import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Whether a process runs. A zombie does not: it has ended and only waits to be reaped, which in a container without
 * an init may never happen.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  const stat = procStat(pid);
  return stat === undefined || (stat.state !== 'Z' && stat.state !== 'X');
}

/**
 * The command line of a process, or '' when it has ended.
 *
 * @param {number} pid
 */
export function commandLine(pid) {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return '';
    }
  }
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/**
 * All processes below one, the nearest first. Debian's slim images have no `ps`, so Linux is read from /proc.
 *
 * @param {number} pid
 * @returns {number[]}
 */
export function descendants(pid) {
  const found = [pid];
  const pairs = parents();
  for (const parent of found) {
    for (const [child, itsParent] of pairs) {
      if (itsParent === parent) found.push(child);
    }
  }
  return found.slice(1);
}

/**
 * Sends a signal; a process that has already ended is no error.
 *
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function signalProcess(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * Asks until the answer is truthy.
 *
 * @template T
 * @param {() => T | Promise<T>} question
 * @param {{ deadline: number, every?: number }} options milliseconds; `deadline` counts from now
 * @returns {Promise<NonNullable<T> | undefined>} undefined when the deadline passed
 */
export async function until(question, { deadline, every = 50 }) {
  const end = Date.now() + deadline;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() >= end) return undefined;
    await delay(every);
  }
}

/**
 * Ends a process: the polite signal, then SIGKILL when it has not gone in time.
 *
 * @param {number} pid
 * @param {{ signal?: NodeJS.Signals, patience?: number }} [options] patience in milliseconds
 */
export async function endProcess(pid, { signal = 'SIGTERM', patience = 20_000 } = {}) {
  if (!isAlive(pid)) return;
  signalProcess(pid, signal);
  const gone = await until(() => !isAlive(pid), { deadline: patience, every: 25 });
  if (gone) return;
  signalProcess(pid, 'SIGKILL');
  await until(() => !isAlive(pid), { deadline: 5_000, every: 25 });
}

/**
 * Where a program is.
 *
 * @param {string} name
 * @param {string[]} [alsoIn] folders looked in after PATH
 * @returns {string | undefined}
 */
export function findProgram(name, alsoIn = []) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...alsoIn];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} file
 * @returns {any} undefined when the file is missing or is not JSON
 */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Writes a file only its owner may read.
 *
 * @param {string} file
 * @param {string} text
 */
export function writeSecret(file, text) {
  writeFileSync(file, text, { mode: 0o600 });
}

/** @returns {[child: number, parent: number][]} */
function parents() {
  if (process.platform !== 'linux') {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    return table
      .trim()
      .split('\n')
      .map((line) => {
        const [pid, parent] = line.trim().split(/\s+/).map(Number);
        return [pid ?? 0, parent ?? 0];
      });
  }
  /** @type {[number, number][]} */
  const pairs = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = procStat(Number(entry));
    if (stat !== undefined) pairs.push([Number(entry), stat.parent]);
  }
  return pairs;
}

/**
 * @param {number} pid
 * @returns {{ state: string, parent: number } | undefined}
 */
function procStat(pid) {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
