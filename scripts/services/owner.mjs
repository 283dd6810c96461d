import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../refusal.mjs';
import { commandLine, isAlive, readJson, writeSecret } from './processes.mjs';

/**
 * Takes a service directory for this process, so that two runs never share one data directory.
 *
 * The claim of a run that was killed is void: its owner is gone.
 *
 * @param {string} directory created when missing
 * @param {string} what named in the refusal: 'Postgres' or 'RabbitMQ'
 * @returns {() => void} gives it back
 */
export function claim(directory, what) {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'owner.json');
  const owner = readJson(file);
  const pid = Number(owner?.pid);
  if (pid > 0 && pid !== process.pid && isAlive(pid) && commandLine(pid) === owner.command) {
    throw new Refusal(`${what} in ${directory} is in use by process ${pid}: stop that one first (kill ${pid})`);
  }
  writeSecret(file, JSON.stringify({ pid: process.pid, command: commandLine(process.pid) }));
  return () => rmSync(file, { force: true });
}
