import type { DataSource } from 'typeorm';
import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { closeDueTerms } from './term-close.ts';

const EVERY_MS = 60_000;

/**
 * Closes terms that are due now and every minute, one run after another. Any number of processes may: one of them does it.
 *
 * @returns what ends it, once the run under way has ended
 */
export function keepClosingTerms(dataSource: DataSource, clock: Clock, cutoffHours: number): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = () => {
    running ??= closeDueTerms(dataSource, clock.now(), cutoffHours)
      .then((closed) => {
        if (closed > 0) logger.info({ closed }, 'terms were closed');
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'terms could not be closed, trying again in a minute'))
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
