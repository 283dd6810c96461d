import type { EntityManager } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';

/** To the hour, so that a connection that deactivates many people writes its row once. */
const NOTE: Prepared = {
  name: 'note_deactivation',
  text: `
UPDATE connections SET deactivated_at = $3
WHERE tenant_id = $1 AND id = $2 AND (deactivated_at IS NULL OR deactivated_at < $3::timestamptz - interval '1 hour')`,
};

/** Remembers that a connection took somebody's access away: one that never does leaves people behind who are still billed. */
export async function noteDeactivation(
  tx: EntityManager,
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
  now: Date,
): Promise<void> {
  await run(tx, NOTE, [tenantId, connectionId, now.toISOString()]);
}
