import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../refusal.mjs';
import { commandLine, endProcess, isAlive, readJson, writeSecret } from '../services/processes.mjs';
import { root } from '../toolchain.mjs';

const folder = process.env.ROLLCALL_HOME || join(root, '.rollcall');

/** What `npm start` keeps, each by its name. */
export const files = {
  folder,
  running: join(folder, 'start.json'),
  connection: join(folder, 'connection.json'),
  demo: join(folder, 'demo.json'),
  logs: join(folder, 'logs'),
  postgres: join(folder, 'postgres'),
  rabbitmq: join(folder, 'rabbitmq'),
};

/**
 * @param {string} toDo what to do about it, the end of the sentence
 * @throws {Refusal} while a start is running
 */
export function refuseWhileRunning(toDo) {
  const running = readJson(files.running);
  const pid = Number(running?.pid);
  if (pid > 0 && pid !== process.pid && isAlive(pid) && commandLine(pid) === running.command) {
    throw new Refusal(`Rollcall is running already (process ${pid}): ${toDo}`);
  }
}

/**
 * Says that a start is running, until `forgetRunning`.
 *
 * @param {number[]} [apps] the processes to end if this one is killed and cannot do it
 */
export function rememberRunning(apps = []) {
  mkdirSync(files.logs, { recursive: true });
  writeSecret(files.running, JSON.stringify({ pid: process.pid, command: commandLine(process.pid), apps }));
}

/**
 * Ends the services of a start that was killed. They would find the broker again and take commands beside the new ones.
 */
export async function endLeftoverApps() {
  /** @type {number[]} */
  const apps = readJson(files.running)?.apps ?? [];
  const left = apps.filter((pid) => pid > 0 && isAlive(pid) && commandLine(pid).includes('dist/apps/'));
  await Promise.all(left.map((pid) => endProcess(pid, { signal: 'SIGINT', patience: 10_000 })));
}

export function forgetRunning() {
  rmSync(files.connection, { force: true });
  rmSync(files.running, { force: true });
}

/**
 * Written whole or not at all: others wait for the file and read it at once.
 *
 * @param {object} connection
 */
export function writeConnection(connection) {
  const half = `${files.connection}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
  renameSync(half, files.connection);
}
