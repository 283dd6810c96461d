import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** A sample consumer as a process of its own; `lines` is what it printed. */
export function startExample(name: string, env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, [`${EXAMPLES}${name}/main.mjs`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (part: Buffer) => {
    output += part.toString();
  });
  return {
    lines: () => output.split('\n').slice(0, -1),
    async stop() {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
