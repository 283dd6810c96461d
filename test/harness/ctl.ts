import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** What a command line wrote, and its exit status. */
export interface Said {
  code: number;
  out: string;
  err: string;
}

/** Runs the operator's command line to its end. */
export function ctl(amqpUrl: string, ...args: string[]): Promise<Said> {
  const env = { ...process.env, AMQP_URL: amqpUrl };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'dist/tools/ctl/src/main.js'), ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    );
  });
}
