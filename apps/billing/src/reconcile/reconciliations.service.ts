import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Reconciliation, ReconciliationSummary } from '#billing-api/ledger';
import { Unavailable } from '#rabbit/answer';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { Directory, DirectoryFailed } from './directory.ts';
import {
  beginReconciliation,
  endReconciliation,
  noteProgress,
  reconciliation,
  reconciliations,
} from './reconciliation-rows.ts';
import { reconcile, TooFarApart } from './walk.ts';

export interface Asked {
  tenantId: string;
  heal: boolean;
  waitSeconds: number;
  /** `schedule`, `api`, or such as `operator:ada` */
  askedBy: string;
}

/** Reconciliations and their reports: one of a tenant at a time. */
@Injectable()
export class ReconciliationsService {
  private readonly underWay = new Set<Promise<void>>();
  private readonly ending = new AbortController();

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Directory) private readonly directory: Directory,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Starts one, which goes on by itself. @returns its report so far; that of the one under way where there is one */
  async start(asked: Asked): Promise<Reconciliation> {
    const id = newId();
    const begun = await this.begin(id, asked);
    if (begun) this.keep(this.work(id, asked));
    const report = await reconciliation(this.dataSource, asked.tenantId, begun ? id : undefined);
    // the one that was under way has ended in the meantime
    return report ?? this.start(asked);
  }

  /**
   * Does one from beginning to end; nothing while another one of the tenant is under way.
   *
   * @returns its report, and whether it failed because the directory is away, as it is then for every tenant
   */
  async run(asked: Asked): Promise<{ report: Reconciliation | undefined; isAway: boolean } | undefined> {
    const id = newId();
    if (!(await this.begin(id, asked))) return undefined;
    const failure = await this.work(id, asked);
    const isAway = failure instanceof Unavailable && !(failure instanceof DirectoryFailed);
    return { report: await this.show(asked.tenantId, id), isAway };
  }

  list(tenantId: string, page: { before: string | undefined; limit: number }): Promise<ReconciliationSummary[]> {
    return reconciliations(this.dataSource, tenantId, page);
  }

  show(tenantId: string, id: string): Promise<Reconciliation | undefined> {
    return reconciliation(this.dataSource, tenantId, id);
  }

  /** Those under way stop waiting, and end. */
  async close(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.underWay);
  }

  private begin(id: string, { tenantId, askedBy }: Asked): Promise<boolean> {
    return beginReconciliation(this.dataSource, { tenantId, id, askedBy, now: this.clock.now() });
  }

  private keep(work: Promise<unknown>): void {
    const kept: Promise<void> = work
      .then(() => {})
      .catch((error: unknown) => logger.error({ err: error }, 'a reconciliation could not be reported'))
      .finally(() => this.underWay.delete(kept));
    this.underWay.add(kept);
  }

  /** @returns what it failed with */
  private async work(id: string, { tenantId, heal, waitSeconds, askedBy }: Asked): Promise<unknown> {
    const report = () => ({ tenantId, id, now: this.clock.now() });
    try {
      const walked = await reconcile(this.dataSource, this.directory, {
        tenantId,
        heal,
        waitMs: waitSeconds * 1_000,
        cause: { eventId: id, eventType: 'reconcile', commandId: id, requestId: id, actor: askedBy },
        now: () => this.clock.now(),
        pause: (ms) => pause(ms, undefined, { signal: this.ending.signal }),
        progress: (people) => noteProgress(this.dataSource, { ...report(), people }),
      });
      await endReconciliation(this.dataSource, report(), walked);
      const { people, differences } = walked;
      const found = { tenantId, people, differences: differences.length };
      if (differences.length > 0) logger.warn(found, 'billing and directory do not agree: look at the report');
      return undefined;
    } catch (error) {
      await endReconciliation(this.dataSource, report(), { problem: this.problemOf(error, tenantId) });
      return error;
    }
  }

  private problemOf(error: unknown, tenantId: string): string {
    if (error instanceof TooFarApart) return error.message;
    if (error instanceof DirectoryFailed)
      return `The directory failed on it: ${error.message}. Its log has the reason.`;
    if (error instanceof Unavailable) return `The directory did not answer: ${error.message}. Try again.`;
    if (this.ending.signal.aborted) return 'Billing was stopped meanwhile. Start another one.';
    logger.error({ err: error, tenantId }, 'a reconciliation failed');
    return 'Billing failed on it; its log has the reason. Start another one.';
  }
}
