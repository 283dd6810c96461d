import type { DataSource, EntityManager } from 'typeorm';
import { transaction } from '#postgres/transaction';
import { lockBalances } from '../seats/seat-rows.ts';
import { forEachDue } from './due.ts';
import { billingTransaction } from './one-bill.ts';
import { beginNextTerm, takeRunningTerm } from './running-terms.ts';

/** How long the first event of a term is waited for, which begins it by itself and after all that happened before. */
const WAIT_MS = 60_000;

/** Begins the terms of tenants where nothing happens that would begin them, and takes up those of before there were running terms. */
export async function beginDueTerms(dataSource: DataSource, now: Date): Promise<void> {
  const endedBy = new Date(now.getTime() - WAIT_MS);
  await forEachDue(
    dataSource,
    `term WHERE closed_at IS NULL
       AND NOT EXISTS (SELECT FROM balance WHERE balance.tenant_id = term.tenant_id AND balance.term IS NOT NULL)`,
    [],
    (tenantId) => billingTransaction(dataSource, tenantId, (tx) => takeRunningTerm(tx, tenantId, now)),
  );
  await forEachDue(dataSource, 'balance WHERE term_ends_at <= $2', [endedBy], async (tenantId) => {
    let begun = 0;
    while (await transaction(dataSource, (tx) => begin(tx, tenantId, endedBy, now))) begun++;
    return begun;
  });
}

async function begin(tx: EntityManager, tenantId: string, endedBy: Date, now: Date): Promise<boolean> {
  const [balance] = await lockBalances(tx, [tenantId]);
  if (!balance?.term || new Date(balance.term.endsAt) > endedBy) return false;
  await beginNextTerm(tx, { ...balance, term: balance.term }, now);
  return true;
}
