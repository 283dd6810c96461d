import { DataSource, type DataSourceOptions } from 'typeorm';
import { Connection } from '../connections/connection.entity.ts';
import { Group } from '../groups/group.entity.ts';
import { Membership } from '../groups/membership.entity.ts';
import { Initial1764000000000 } from '../migrations/1764000000000-initial.ts';
import { SsoSettings } from '../tenants/sso-settings.entity.ts';
import { Tenant } from '../tenants/tenant.entity.ts';
import { User } from '../users/user.entity.ts';

/** The database `directory`, as the application and the migrations see it. */
export function directoryDatabase(url: string, pool: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize: pool,
    entities: [Tenant, SsoSettings, Connection, User, Group, Membership],
    migrations: [Initial1764000000000],
    migrationsTransactionMode: 'each',
    synchronize: false,
    applicationName: 'rollcall-directory',
  };
}

/**
 * Opens the database.
 *
 * @throws when migrations have not run yet, saying what to do
 */
export async function openDatabase(url: string, pool: number): Promise<DataSource> {
  const dataSource = await new DataSource(directoryDatabase(url, pool)).initialize();
  if (await dataSource.showMigrations()) {
    await dataSource.destroy();
    throw new Error('the database is not migrated: run the migrations first (node dist/apps/directory/src/migrate.js)');
  }
  return dataSource;
}
