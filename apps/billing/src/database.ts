import type { DataSourceOptions } from 'typeorm';
import { databaseOptions } from '#postgres/open';
import { ApiKey } from './keys/api-key.entity.ts';
import { Initial1764000000000 } from './migrations/1764000000000-initial.ts';
import { PartitionedOutbox1764800000001 } from './migrations/1764800000001-partitioned-outbox.ts';
import { Discarded1764900000000 } from './migrations/1764900000000-discarded.ts';
import { SeatClasses1765000000000 } from './migrations/1765000000000-seat-classes.ts';
import { Terms1765100000000 } from './migrations/1765100000000-terms.ts';
import { Webhooks1765200000000 } from './migrations/1765200000000-webhooks.ts';
import { RunningTerms1765300000000 } from './migrations/1765300000000-running-terms.ts';
import { Reconciliations1765400000000 } from './migrations/1765400000000-reconciliations.ts';
import { WebhookSecrets1765500000000 } from './migrations/1765500000000-webhook-secrets.ts';
import { HistoryByClass1765500000001 } from './migrations/1765500000001-history-by-class.ts';
import { LastLine1765600000000 } from './migrations/1765600000000-last-line.ts';
import { UnsettledTerms1765600000001 } from './migrations/1765600000001-unsettled-terms.ts';
import { SealedSecrets1765600000002 } from './migrations/1765600000002-sealed-secrets.ts';
import { ReconciliationCounts1765700000000 } from './migrations/1765700000000-reconciliation-counts.ts';
import { HistoryByMoment1765700000001 } from './migrations/1765700000001-history-by-moment.ts';

/** The database `billing`, as the application and the migrations see it. */
export function billingDatabase(url: string, pool = 2): DataSourceOptions {
  return databaseOptions('billing', url, pool, {
    entities: [ApiKey],
    migrations: [
      Initial1764000000000,
      PartitionedOutbox1764800000001,
      Discarded1764900000000,
      SeatClasses1765000000000,
      Terms1765100000000,
      Webhooks1765200000000,
      RunningTerms1765300000000,
      Reconciliations1765400000000,
      WebhookSecrets1765500000000,
      HistoryByClass1765500000001,
      LastLine1765600000000,
      UnsettledTerms1765600000001,
      SealedSecrets1765600000002,
      ReconciliationCounts1765700000000,
      HistoryByMoment1765700000001,
    ],
  });
}
