import type { EntityManager } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';

/**
 * SQL that remembers that a connection took somebody's access away: one that never does leaves people behind who are still
 * billed. To the hour, so that a connection that deactivates many people writes its row once. The names are of parameters.
 */
export function notingDeactivation(name: { tenant: string; connection: string; at: string }): string {
  return `UPDATE connections SET deactivated_at = ${name.at}
  WHERE tenant_id = ${name.tenant} AND id = ${name.connection}
    AND (deactivated_at IS NULL OR deactivated_at < ${name.at}::timestamptz - interval '1 hour')`;
}

const NOTE: Prepared = {
  name: 'note_deactivation',
  text: notingDeactivation({ tenant: '$1', connection: '$2', at: '$3' }),
};

/** Remembers it in the transaction that takes the access away. */
export async function noteDeactivation(
  tx: EntityManager,
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
  now: Date,
): Promise<void> {
  await run(tx, NOTE, [tenantId, connectionId, now.toISOString()]);
}
