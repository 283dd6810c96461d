import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../refusal.mjs';
import { endProcess, isAlive, signalProcess, until } from '../services/processes.mjs';
import { eachLine, root } from '../toolchain.mjs';
import { isRoutine, readableLine } from './log-lines.mjs';
import { files } from './state.mjs';

const readyDeadline = 60_000;
const stopPatience = 10_000;
const lastKept = 15;

/**
 * A service of ours as a process of its own.
 *
 * It leads its own process group, so that Ctrl-C in the terminal does not reach it before its turn.
 *
 * @param {object} options
 * @param {string} options.name `directory`; also the name of its log file
 * @param {string} options.label what its lines begin with
 * @param {string} options.node
 * @param {string} options.file
 * @param {number} options.port
 * @param {NodeJS.ProcessEnv} options.env
 * @param {boolean} options.jsonLogs
 * @param {() => boolean} options.quiet while true only warnings and worse are shown; the log file has everything
 * @param {(reason: string) => void} options.onExit called when it ends after having been ready, unasked
 */
export function launchApp({ name, label, node, file, port, env, jsonLogs, quiet, onExit }) {
  const log = createWriteStream(join(files.logs, `${name}.log`), { flags: 'w' });
  const child = spawn(node, ['--enable-source-maps', file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env, PORT: String(port), HOST: '127.0.0.1' },
  });
  /** @type {string[]} */
  const last = [];
  const take = (/** @type {string} */ line) => {
    log.write(`${line}\n`);
    const shown = jsonLogs ? line : readableLine(label, line);
    last.push(readableLine(label, line));
    if (last.length > lastKept) last.shift();
    if (!quiet() || !isRoutine(line)) console.log(shown);
  };
  eachLine(child.stdout, take);
  eachLine(child.stderr, take);

  /** @type {string | undefined} */
  let ending;
  let ready = false;
  let asked = false;
  child.once('error', (error) => {
    ending = error.message;
  });
  child.once('close', (code, signal) => {
    log.end();
    ending ??= signal === null ? `exit code ${code}` : signal;
    if (ready && !asked) onExit(`${name} ended (${ending}); its log: ${join(files.logs, `${name}.log`)}`);
  });

  return {
    name,
    pid: child.pid ?? 0,
    /** Resolves when the service says that it is ready. */
    async ready() {
      const url = `http://127.0.0.1:${port}/health/ready`;
      await until(
        async () => {
          ready = await isReady(url);
          return ready || asked || ending !== undefined;
        },
        { deadline: readyDeadline, every: 100 },
      );
      if (ready) return;
      const why = ending === undefined ? `did not become ready within ${readyDeadline / 1000} s` : `ended (${ending})`;
      const lines = last.map((line) => `    ${line}`).join('\n');
      throw new Refusal(
        `${name} ${why}: see ${join(files.logs, `${name}.log`)}, or run npm run reset to start empty. Its last lines:\n${lines}`,
      );
    },
    /** As Ctrl-C does: it finishes what is in flight and does not wait for a load balancer first. */
    async stop() {
      asked = true;
      if (child.pid !== undefined) await endProcess(child.pid, { signal: 'SIGINT', patience: stopPatience });
    },
    killNow() {
      asked = true;
      if (child.pid !== undefined && isAlive(child.pid)) signalProcess(child.pid, 'SIGKILL');
    },
  };
}

/** @param {string} url */
async function isReady(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
