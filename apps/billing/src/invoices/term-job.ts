import type { DataSource } from 'typeorm';
import type { SoleJob } from '#postgres/sole-job';
import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { tellSnapshots } from '../snapshots/daily-snapshots.ts';
import { beginDueTerms } from './begin-terms.ts';
import { settleTerms } from './settle-terms.ts';
import { closeDueTerms } from './term-close.ts';

/** Begins, closes and settles terms that are due, and tells each day's snapshots. */
export function termJob(dataSource: DataSource, clock: Clock, cutoffHours: number): SoleJob {
  return {
    name: 'terms',
    lock: 1_765_100_000,
    everyMs: 60_000,
    async run() {
      const now = clock.now();
      await beginDueTerms(dataSource, now);
      const closed = await closeDueTerms(dataSource, now, cutoffHours);
      await settleTerms(dataSource, now);
      if (closed > 0) logger.info({ closed }, 'terms were closed');
      await tellSnapshots(dataSource, now);
    },
  };
}
