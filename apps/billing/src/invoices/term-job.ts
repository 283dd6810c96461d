import type { DataSource } from 'typeorm';
import { asSoleHolder } from '#postgres/sole-holder';
import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { tellSnapshots } from '../snapshots/daily-snapshots.ts';
import { beginDueTerms } from './begin-terms.ts';
import { closeDueTerms } from './term-close.ts';

/** Any number that no other lock of the database has. */
const LOCK = 1_765_100_000;
const EVERY_MS = 60_000;

/**
 * Begins and closes terms that are due, and tells each day's snapshots: now and every minute, one run after another. Any number
 * of processes may: one of them does it.
 *
 * @returns what ends it, once the run under way has ended
 */
export function keepTerms(dataSource: DataSource, clock: Clock, cutoffHours: number): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = () => {
    running ??= asSoleHolder(dataSource, LOCK, () => runTerms(dataSource, clock.now(), cutoffHours))
      .then((closed = 0) => {
        if (closed > 0) logger.info({ closed }, 'terms were closed');
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'terms could not be looked at, trying again in a minute'))
      .finally(() => {
        running = undefined;
      });
  };
  run();
  const timer = setInterval(run, EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

async function runTerms(dataSource: DataSource, now: Date, cutoffHours: number): Promise<number> {
  await beginDueTerms(dataSource, now);
  const closed = await closeDueTerms(dataSource, now, cutoffHours);
  await tellSnapshots(dataSource, now);
  return closed;
}
