import { DataSource, type DataSourceOptions } from 'typeorm';

type Parts = Pick<DataSourceOptions, 'entities' | 'migrations'>;

/** A database of the house: its schema comes from migrations alone. */
export function databaseOptions(name: string, url: string, pool: number, parts: Parts): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize: pool,
    ...parts,
    migrationsTransactionMode: 'each',
    synchronize: false,
    applicationName: `rollcall-${name}`,
  } as DataSourceOptions;
}

/**
 * Opens a database that is migrated.
 *
 * @throws when migrations have not run yet, saying what to do
 */
export async function openDatabase(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  if (await dataSource.showMigrations()) {
    await dataSource.destroy();
    throw new Error('the database is not migrated: run the migrations first (migrate.js, beside main.js)');
  }
  return dataSource;
}
