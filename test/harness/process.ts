import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { ROOT } from './root.ts';

const KEPT_LINES = 40;
/** A busy machine takes its time to start a process. */
const START_MS = 60_000;

/** One of the apps, as a real process that a test may stop, kill and start again. */
export class AppProcess {
  private child: ChildProcess | undefined;
  private lines: string[] = [];

  constructor(
    readonly name: 'scim-gateway' | 'directory' | 'billing',
    private readonly env: Record<string, string>,
    readonly port: number,
    private readonly options: {
      /** before the program, such as `--conditions=chaos` */
      nodeArguments?: string[];
      /** gets every line it prints */
      onLine?: (line: string) => void;
    } = {},
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (!this.child?.pid) throw new Error(`${this.name} is not running`);
    return this.child.pid;
  }

  /** Starts it and waits until it is ready. `env` adds to, or replaces, what it was made with. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const child = spawn(
      process.execPath,
      [...(this.options.nodeArguments ?? []), join(ROOT, `dist/apps/${this.name}/src/main.js`)],
      {
        env: { PATH: process.env.PATH, PORT: String(this.port), DRAIN_MS: '0', ...this.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.child = child;
    this.lines = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => this.keep(String(chunk)));
    await eventually(async () => {
      if (!this.isRunning) return;
      const { status } = await fetch(`${this.url}/health/ready`);
      if (status !== 200) throw new Error(`${this.name} is not ready:\n${this.log}`);
    }, START_MS);
    if (!this.isRunning) throw new Error(`${this.name} ended:\n${this.log}`);
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.child?.kill(signal);
  }

  /** Asks it to stop and waits until it has. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** As when the machine loses power. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** What it printed last. */
  get log(): string {
    return this.lines.join('\n');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  private keep(chunk: string) {
    const lines = chunk.split('\n').filter(Boolean);
    for (const line of lines) this.options.onLine?.(line);
    this.lines.push(...lines);
    this.lines.splice(0, this.lines.length - KEPT_LINES);
  }
}
