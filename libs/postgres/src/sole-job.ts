import type { DataSource } from 'typeorm';
import { logger } from '#runtime/logger';

export interface SoleJob {
  /** what it is, for the log */
  name: string;
  /** advisory lock of the database: a number that no other lock has */
  lock: number;
  everyMs: number;
  /** @param isEnding says that the process is about to stop: what can wait is left to the next run */
  run(isEnding: () => boolean): Promise<void>;
}

/**
 * Does a job now and every so often, one run after another. Any number of processes may: one of them does it. A run that fails is
 * logged, and comes again.
 *
 * @returns what ends it, once the run under way has ended
 */
export function keepDoing(dataSource: DataSource, { name, lock, everyMs, run }: SoleJob): () => Promise<void> {
  let running: Promise<void> | undefined;
  let ending = false;
  const start = () => {
    running ??= asSoleHolder(dataSource, lock, () => run(() => ending))
      .catch((error: unknown) => logger.warn({ err: error, job: name }, 'a job failed and comes again'))
      .finally(() => {
        running = undefined;
      });
  };
  start();
  const timer = setInterval(start, everyMs).unref();
  return async () => {
    clearInterval(timer);
    ending = true;
    await running;
  };
}

/** @returns what the work returns; undefined while another process is at it */
async function asSoleHolder<T>(dataSource: DataSource, lock: number, work: () => Promise<T>): Promise<T | undefined> {
  const session = dataSource.createQueryRunner();
  try {
    const [row]: { held: boolean }[] = await session.query('SELECT pg_try_advisory_lock($1) AS held', [lock]);
    if (!row?.held) return undefined;
    try {
      return await work();
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [lock]);
    }
  } finally {
    await session.release();
  }
}
