import type { DataSource, EntityManager } from 'typeorm';
import { transaction } from '#postgres/transaction';
import { Unavailable } from '#rabbit/answer';

/** Bills of one tenant that may wait: what comes beyond is asked to come again. */
const MOST_WAITING = 10;
const RETRY_AFTER_S = 5;

/** What waits, by tenant, in the order of whose turn it is. */
const waiting = new Map<string, (() => Promise<void>)[]>();
let isBilling = false;

/**
 * Makes one bill at a time in this process, because a bill takes memory for all seats of its tenant. Tenants take turns, so
 * that one who asks for many holds up no other for longer than one bill.
 *
 * To be asked before any lock of the database is taken, since whoever bills may have to wait for one.
 *
 * @throws Unavailable when ten of the tenant's wait already
 */
export async function oneBill<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  const ofTenant = waiting.get(tenantId) ?? [];
  if (ofTenant.length === MOST_WAITING) {
    throw new Unavailable(`${MOST_WAITING} bills of this tenant are to be made before`, RETRY_AFTER_S);
  }
  return new Promise((resolve, reject) => {
    ofTenant.push(() => work().then(resolve, reject));
    waiting.set(tenantId, ofTenant);
    if (!isBilling) void billAll();
  });
}

/** A transaction that bills: its turn comes before it takes a lock. */
export function billingTransaction<T>(
  dataSource: DataSource,
  tenantId: string,
  work: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  return oneBill(tenantId, () => transaction(dataSource, work));
}

async function billAll(): Promise<void> {
  isBilling = true;
  for (let [next] = waiting; next; [next] = waiting) {
    const [tenantId, ofTenant] = next;
    await ofTenant.shift()?.();
    waiting.delete(tenantId);
    if (ofTenant.length > 0) waiting.set(tenantId, ofTenant);
  }
  isBilling = false;
}
