import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from './refusal.mjs';
import { isExecutable, readJson } from './services/processes.mjs';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const modules = join(root, 'node_modules');
const stamp = join(modules, '.rollcall-stamp');
const neededNode = 24;

/** The programs the scripts run, by the file that Node starts. */
export const programs = {
  biome: join(modules, '@biomejs/biome/bin/biome'),
  depcruise: join(modules, 'dependency-cruiser/bin/dependency-cruise.mjs'),
  jest: join(modules, 'jest/bin/jest.js'),
  tsc: join(modules, 'typescript/bin/tsc'),
};

/**
 * Makes node_modules what package-lock.json asks for. A stamp in node_modules remembers the lock file it was made from;
 * an installation made by hand that matches the lock is taken as it is.
 *
 * @param {(line: string) => void} [log]
 * @throws {Refusal} when npm fails
 */
export async function ensureDependencies(log = console.log) {
  const lockFile = join(root, 'package-lock.json');
  const locked = existsSync(lockFile);
  const wanted = hash(locked ? lockFile : join(root, 'package.json'));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted) return;
  if (!(locked && installedAsLocked(lockFile))) {
    const command = locked ? 'ci' : 'install';
    log(`npm ${command} (${existsSync(modules) ? 'the dependencies have changed' : 'first start'}; may take a minute)`);
    // Without node_modules/.bin in PATH: npm removes it while it works, and with it the `node` it would go on using.
    const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
    const code = await run('npm', [command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
      env: { ...process.env, PATH: path.join(delimiter) },
      prefix: '    ',
    });
    if (code !== 0) throw new Refusal(`npm ${command} failed (exit code ${code}): see above, then start again`);
  }
  writeFileSync(stamp, `${hash(locked ? lockFile : join(root, 'package.json'))}\n`);
}

/**
 * The Node everything but these scripts runs on: the one that runs them when it is new enough, else the one that the
 * npm package `node` brings.
 *
 * @returns {Promise<string>}
 * @throws {Refusal} when there is none
 */
export async function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= neededNode) return process.execPath;
  const binary = join(modules, 'node', 'bin', 'node');
  if (!isExecutable(binary)) await run('npm', ['rebuild', 'node'], { prefix: '    ' });
  if (!isExecutable(binary)) {
    throw new Refusal(
      `Rollcall needs Node ${neededNode} and this is ${process.version}: run npm rebuild node (its install script brings one), or install Node ${neededNode}`,
    );
  }
  return binary;
}

/**
 * Compiles everything into dist; incremental, so a second time is quick.
 *
 * @param {{ node: string, prefix?: string }} options
 * @throws {Refusal} when the compiler complains; it has said about what
 */
export async function build({ node, prefix }) {
  const code = await run(node, [programs.tsc, '-p', 'tsconfig.build.json'], { prefix });
  if (code !== 0) throw new Refusal('The build failed: mend what the compiler says above and start again');
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.prefix] put before every line of output; without it the output is inherited
 * @param {(line: string) => void} [options.onLine] takes the lines of output instead
 * @param {(child: import('node:child_process').ChildProcess) => void} [options.onStart]
 * @returns {Promise<number>} its exit code; 128 and more when a signal ended it, 127 when it could not be started
 */
export function run(command, args, { env = process.env, prefix, onLine, onStart } = {}) {
  const print =
    onLine ?? (prefix === undefined ? undefined : (/** @type {string} */ line) => console.log(prefix + line));
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: print === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    onStart?.(child);
    if (print !== undefined) {
      eachLine(child.stdout, print);
      eachLine(child.stderr, print);
    }
    child.once('error', (error) => {
      (print ?? console.error)(`${command}: ${error.message}`);
      resolve(127);
    });
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/**
 * Cuts a stream into lines.
 *
 * @param {import('node:stream').Readable | null} stream
 * @param {(line: string) => void} print
 */
export function eachLine(stream, print) {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) print(line);
  });
  stream?.on('end', () => {
    if (rest !== '') print(rest);
  });
}

/** @param {string} file */
function hash(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/**
 * Compares npm's own record of what it installed with the lock file.
 *
 * @param {string} lockFile
 */
function installedAsLocked(lockFile) {
  const installed = readJson(join(modules, '.package-lock.json'))?.packages;
  const wanted = readJson(lockFile)?.packages;
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === '' || link) return true;
    return installed[path] === undefined ? Boolean(optional) : installed[path].version === version;
  });
}
