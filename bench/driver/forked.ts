import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A server in a process of its own that sends its address when it listens, and ends when we do. */
export class Forked {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** @param module file beside this one's folder, already compiled */
  static async start(module: string, env: Record<string, string> = {}): Promise<Forked> {
    const child = fork(module, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${module} ended with exit code ${code}`);
    });
    ended.catch(() => {});
    const [address] = (await Promise.race([once(child, 'message'), ended])) as [AddressInfo];
    return new Forked(child, `http://127.0.0.1:${address.port}`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}
