import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { migrate } from '#postgres/migrate';
import { openDatabase } from '#postgres/open';
import { createDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { directoryDatabase } from './database.ts';
import { Initial1764000000000 } from './migrations/1764000000000-initial.ts';
import { ExactTotals1764600000000 } from './migrations/1764600000000-exact-totals.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

describe('migrations', () => {
  it('run once when several processes run them at once', async () => {
    const done = await Promise.all([
      migrate(directoryDatabase(database.url)),
      migrate(directoryDatabase(database.url)),
      migrate(directoryDatabase(database.url)),
    ]);
    expect(done.flat().toSorted()).toEqual([...new Set(done.flat())].toSorted());
    expect(done.flat()).toContain('Initial1764000000000');
    const dataSource = await openDatabase(directoryDatabase(database.url));
    await dataSource.destroy();
  });

  it('fill the index columns of users that were there before', async () => {
    await migrate({ ...directoryDatabase(database.url), migrations: [Initial1764000000000] });
    const dataSource = await new DataSource(directoryDatabase(database.url)).initialize();
    await dataSource.query(
      `INSERT INTO users (tenant_id, id, user_name, user_name_key, active, data, version, created_at, updated_at)
       SELECT gen_random_uuid(), gen_random_uuid(), n::text, n::text, true,
              '{"displayName": "Ada Σ", "emails": [{"value": "ADA@example.com"}]}', 1, now(), now()
       FROM generate_series(1, 1500) AS n`,
    );
    await dataSource.runMigrations();
    const rows = await dataSource.query('SELECT DISTINCT display_name_key AS name, email_keys AS emails FROM users');
    expect(rows).toEqual([{ name: 'ada σ', emails: ['ada@example.com'] }]);
    await dataSource.destroy();
  });

  it('count who was there before, and stop counting when undone', async () => {
    await migrate({ ...directoryDatabase(database.url), migrations: [Initial1764000000000] });
    const dataSource = await new DataSource(directoryDatabase(database.url)).initialize();
    await dataSource.query(
      `INSERT INTO users (tenant_id, id, user_name, user_name_key, active, data, version, created_at, updated_at, deleted_at)
       SELECT ('00000000-0000-7000-8000-00000000000' || n % 2)::uuid, gen_random_uuid(), n::text, n::text, true, '{}', 1,
              now(), now(), CASE WHEN n > 5 THEN now() END
       FROM generate_series(1, 10) AS n`,
    );
    await dataSource.runMigrations();
    const rows = await dataSource.query('SELECT kind, n FROM resource_counts ORDER BY tenant_id');
    expect(rows).toEqual([
      { kind: 'users', n: 2 },
      { kind: 'users', n: 3 },
    ]);
    const session = dataSource.createQueryRunner();
    await new ExactTotals1764600000000().down(session);
    await session.release();
    await dataSource.query('DELETE FROM users');
    await dataSource.destroy();
  });

  it('must have run before the directory opens the database', async () => {
    await expect(openDatabase(directoryDatabase(database.url))).rejects.toThrow(/run the migrations first/);
  });

  it('lead every primary key and unique index with the tenant', async () => {
    await migrate(directoryDatabase(database.url));
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
