import type { DataSource } from 'typeorm';
import type { SoleJob } from '#postgres/sole-job';
import { reckon } from './history-rows.ts';

/** A question reckons what is missing by itself; it should never be more than this, whatever was learned of at once. */
const MOST_LINES_BEHIND = 1_000;
const BATCH = 500;

const BEHIND = `
SELECT balance.tenant_id AS id FROM balance LEFT JOIN seat_history USING (tenant_id)
WHERE balance.tenant_id > $1 AND balance.sequence > coalesce(seat_history.sequence, 0) + ${MOST_LINES_BEHIND}
ORDER BY balance.tenant_id LIMIT ${BATCH}`;

/** Brings the hours of tenants up to their ledgers, so that no question about the past has to wait for it. */
export function reckonJob(dataSource: DataSource): SoleJob {
  return {
    name: 'history',
    lock: 1_765_200_000,
    everyMs: 60_000,
    async run(isEnding) {
      for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
        const behind: { id: string }[] = await dataSource.query(BEHIND, [after]);
        for (const { id } of behind) {
          if (isEnding()) return;
          await reckon(dataSource.manager, id);
        }
        if (behind.length < BATCH) return;
        after = behind.at(-1)?.id ?? after;
      }
    },
  };
}
