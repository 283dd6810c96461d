import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Failpoint } from '#runtime/failpoint';
import { AppProcess } from '../harness/process.ts';
import { freePort } from '../harness/services.ts';

const RESTART_MS = 300;

/** One process of a service, started again whenever it ends unasked, as an orchestrator would. */
export class Replica {
  private wanted = true;
  private supervising: Promise<void> | undefined;

  private constructor(
    readonly process: AppProcess,
    private readonly orders: string,
  ) {}

  static async start(
    name: AppProcess['name'],
    index: number,
    folder: string,
    env: Record<string, string>,
    onLine: (line: string) => void,
  ): Promise<Replica> {
    const orders = join(folder, `${name}-${index}.json`);
    writeFileSync(orders, '{}');
    const process = new AppProcess(
      name,
      { LOG_LEVEL: 'info', DRAIN_MS: '1000', FAILPOINT_FILE: orders, ...env },
      await freePort(),
      {
        nodeArguments: ['--conditions=chaos'],
        onLine,
      },
    );
    const replica = new Replica(process, orders);
    await process.start();
    replica.supervising = replica.supervise();
    return replica;
  }

  /** The process ends itself when it has passed the point so often. @returns whether it came to that in time */
  async strikesAt(name: Failpoint, passes: number, withinMs: number): Promise<boolean> {
    const { pid } = this.process;
    this.order({ name, passes });
    for (const end = performance.now() + withinMs; performance.now() < end; await delay(10)) {
      if (!this.process.isRunning || this.process.pid !== pid) return true;
    }
    this.order({});
    return false;
  }

  /** Its clock is off by so much from now on. */
  jump(jumpMs: number): void {
    this.order({ jumpMs });
  }

  /** An orderly stop and a new start, as in a deploy. */
  async roll(): Promise<void> {
    this.wanted = false;
    await this.supervising;
    await this.process.stop();
    await this.process.start();
    this.wanted = true;
    this.supervising = this.supervise();
  }

  async stop(): Promise<void> {
    this.wanted = false;
    this.process.signal('SIGCONT');
    await this.supervising;
    await this.process.stop();
  }

  private order(what: object) {
    writeFileSync(this.orders, JSON.stringify(what));
    this.process.signal('SIGUSR2');
  }

  private async supervise(): Promise<void> {
    while (this.wanted) {
      if (!this.process.isRunning) {
        writeFileSync(this.orders, '{}');
        await this.process.start().catch(() => {});
      }
      await delay(RESTART_MS);
    }
  }
}
