import type { DataSource } from 'typeorm';
import { migrate } from '#postgres/migrate';
import { openDatabase } from '#postgres/open';
import { createDatabase } from '../../../test/harness/database.ts';
import { billingDatabase } from '../src/database.ts';

/** A migrated database of one suite's own. `drop` closes it first. */
export async function createBillingDatabase(): Promise<{ url: string; dataSource: DataSource; drop(): Promise<void> }> {
  const { url, drop } = await createDatabase();
  await migrate(billingDatabase(url));
  const dataSource = await openDatabase(billingDatabase(url, 10));
  return {
    url,
    dataSource,
    drop: async () => {
      await dataSource.destroy();
      await drop();
    },
  };
}
