import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { migrate } from '#postgres/migrate';
import { openDatabase } from '#postgres/open';
import { createDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { billingDatabase } from './database.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

describe('migrations', () => {
  it('run once when several processes run them at once', async () => {
    const done = await Promise.all([
      migrate(billingDatabase(database.url)),
      migrate(billingDatabase(database.url)),
      migrate(billingDatabase(database.url)),
    ]);
    expect(done.flat()).toEqual([
      'Initial1764000000000',
      'PartitionedOutbox1764800000001',
      'Discarded1764900000000',
      'SeatClasses1765000000000',
      'Terms1765100000000',
      'Webhooks1765200000000',
      'RunningTerms1765300000000',
      'Reconciliations1765400000000',
      'WebhookSecrets1765500000000',
      'HistoryByClass1765500000001',
      'LastLine1765600000000',
      'UnsettledTerms1765600000001',
      'SealedSecrets1765600000002',
      'ReconciliationCounts1765700000000',
      'HistoryByMoment1765700000001',
    ]);
    const dataSource = await openDatabase(billingDatabase(database.url));
    await dataSource.destroy();
  });

  it('must have run before billing opens the database', async () => {
    await expect(openDatabase(billingDatabase(database.url))).rejects.toThrow(/run the migrations first/);
  });

  it('lead every primary key and unique index with the tenant', async () => {
    await migrate(billingDatabase(database.url));
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(`
      SELECT index.indexrelid::regclass::text AS index
      FROM pg_index index JOIN pg_attribute first ON first.attrelid = index.indrelid AND first.attnum = index.indkey[0]
      WHERE index.indisunique AND first.attname <> 'tenant_id'
        AND index.indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        AND index.indrelid <> 'migrations'::regclass`);
    await client.end();
    expect(rows).toEqual([]);
  });
});
