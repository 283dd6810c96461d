import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { Refusal, report } from './refusal.mjs';
import { ensureDependencies, nodeBinary, root } from './toolchain.mjs';

const usage = `Usage: node scripts/on-node.mjs <file-or-program> [arguments]

Runs a JavaScript file, or a program of node_modules/.bin, on the Node that Rollcall needs, whichever Node started this.
Arguments before the file that begin with -- go to Node: node scripts/on-node.mjs --inspect dist/apps/billing/src/main.js`;

try {
  const args = process.argv.slice(2);
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  if (at === -1) {
    const help = args.includes('--help');
    (help ? console.log : console.error)(usage);
    process.exit(help ? 0 : 2);
  }
  await ensureDependencies(console.error);
  const [name = ''] = args.splice(at, 1);
  args.splice(at, 0, locate(name));
  const node = await nodeBinary();
  const child = spawn(node, args, { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child as well; sent again it would count twice.
  if (process.stdin.isTTY) process.on('SIGINT', () => {});
  else process.on('SIGINT', () => child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
} catch (error) {
  process.exit(report(error));
}

/** @param {string} name */
function locate(name) {
  const program = join(root, 'node_modules', '.bin', name);
  if (existsSync(resolve(name))) return resolve(name);
  if (!name.includes('/') && existsSync(program)) return program;
  throw new Refusal(
    `There is no ${name}: neither a file nor a program of node_modules/.bin. Built files need npm run build first`,
  );
}
