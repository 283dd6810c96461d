import type { DataSource, EntityManager } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';
import { transaction } from '#postgres/transaction';
import { ScimError } from '#scim/error';

/** First key of the advisory locks under which a tenant's groups get into each other. */
const LOCK = 0x6e57;

/** Somebody else is nesting groups of this tenant: the work must begin again, with the lock before any row. */
class NestingIsBusy extends Error {}

/**
 * Runs `work` in one transaction that may put groups into each other (docs/adr/0005). Mostly it nests nothing and takes no
 * lock for it; when it does while another transaction of the tenant does, it is run again and waits its turn before it
 * locks any row, so that the two never wait for each other.
 */
export async function nestingTransaction<T>(
  dataSource: DataSource,
  tenantId: string,
  work: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  try {
    return await transaction(dataSource, work);
  } catch (error) {
    if (!(error instanceof NestingIsBusy)) throw error;
    return transaction(dataSource, async (tx) => {
      await waitToNest(tx, tenantId);
      return work(tx);
    });
  }
}

/** Takes the tenant's nesting lock until the transaction ends. To be called before any row is locked. */
export async function waitToNest(tx: EntityManager, tenantId: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK, tenantId]);
}

/**
 * Takes the same lock in a transaction that holds rows already; statements after it see every edge there is, and nobody adds
 * one until the transaction ends.
 *
 * @throws NestingIsBusy, which {@link nestingTransaction} answers
 */
async function nestNow(tx: EntityManager, tenantId: string): Promise<void> {
  const [lock] = await tx.query('SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS taken', [LOCK, tenantId]);
  if (!lock.taken) throw new NestingIsBusy();
}

/** The groups that hold this one, over any number of levels, and itself: a walk up the index on members. */
const CLOSES_CYCLE: Prepared = {
  name: 'closes_cycle',
  text: `
WITH RECURSIVE above AS (
  SELECT $2::uuid AS id
  UNION
  SELECT s.group_id FROM above JOIN subgroups s ON s.tenant_id = $1 AND s.member_id = above.id
)
SELECT g.id, g.display_name AS name FROM above JOIN groups g ON g.tenant_id = $1 AND g.id = above.id
WHERE above.id = ANY($3::uuid[]) ORDER BY g.id LIMIT 1`,
};

/**
 * Makes sure that these groups may become members of the group, and that it stays so until the transaction ends.
 *
 * @throws ScimError 400 invalidValue when one of them is the group itself or holds it
 */
export async function refuseCycle(tx: EntityManager, tenantId: string, groupId: string, ids: string[]): Promise<void> {
  await nestNow(tx, tenantId);
  const [holder] = await run<{ id: string; name: string }>(tx, CLOSES_CYCLE, [tenantId, groupId, ids]);
  if (!holder) return;
  const detail =
    holder.id === groupId
      ? `The group ${holder.name} cannot be a member of itself. Leave its own id (${holder.id}) out of its members.`
      : `The group ${holder.name} (${holder.id}) cannot become a member here, because it holds this group, directly or through others. Remove this group from it first, or leave it out.`;
  throw new ScimError(400, detail, 'invalidValue');
}
