import type { DataSource } from 'typeorm';
import { forEachDue } from './due.ts';
import { billingTransaction } from './one-bill.ts';
import { takeRunningTerm } from './running-terms.ts';

/**
 * Takes running terms in which classes have changed from their bills. A line that changes a class frees a seat of the one and
 * takes one of the other; the bill knows of the grace, within which the class before was never had.
 */
export async function settleTerms(dataSource: DataSource, now: Date): Promise<void> {
  await forEachDue(dataSource, 'balance WHERE term_unsettled AND term_ends_at > $2', [now], (tenantId) =>
    billingTransaction(dataSource, tenantId, (tx) => takeRunningTerm(tx, tenantId, now)),
  );
}
