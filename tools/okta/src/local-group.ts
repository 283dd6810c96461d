import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Person } from './people.ts';

/** Makes a group in the app itself, with people Okta does not manage. Each of them takes a seat. */
export type MakeLocalGroup = (name: string, members: readonly Person[]) => Promise<void>;

/** The operator's CLI as it is built beside this tool, or undefined when it is not there. */
export function builtOperatorCli(): string[] | undefined {
  const file = fileURLToPath(new URL('../../ctl/src/main.js', import.meta.url));
  return existsSync(file) ? [process.execPath, file] : undefined;
}

export interface OperatorCliOptions {
  /** Program and first arguments, or a shell command line. */
  command: readonly string[] | string;
  tenantId: string;
  amqpUrl: string | undefined;
}

/** Makes local groups by running the operator's CLI: `users create` for each member, then `groups create`. */
export function localGroupByCli({ command, tenantId, amqpUrl }: OperatorCliOptions): MakeLocalGroup {
  const ctl = async (...args: string[]): Promise<void> => {
    const [program = '', ...first] = typeof command === 'string' ? ['sh', '-c', `${command} "$@"`, 'ctl'] : command;
    const env = amqpUrl === undefined ? process.env : { ...process.env, AMQP_URL: amqpUrl };
    await run(program, [...first, ...args, '--json'], env);
  };
  return async (name, members) => {
    for (const { login, givenName, familyName } of members) {
      const names = ['--given-name', givenName, '--family-name', familyName];
      await ctl('users', 'create', '--tenant', tenantId, '--email', login, ...names);
    }
    const emails = members.flatMap(({ login }) => ['--member', login]);
    await ctl('groups', 'create', '--tenant', tenantId, '--name', name, ...emails);
  };
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    let said = '';
    const listen = (chunk: string): void => {
      said = (said + chunk).slice(-2_000);
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.on('error', (error) => reject(new Error(`the operator's CLI did not start: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const last = said.trim().split('\n').at(-1) ?? '';
      reject(new Error(`the operator's CLI ended with ${code ?? signal}: ${last}`));
    });
  });
}
