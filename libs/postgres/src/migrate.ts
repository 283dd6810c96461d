import { DataSource, type DataSourceOptions } from 'typeorm';

/** Advisory lock that whoever migrates a database holds. */
const LOCK = 0x0b0d;

/** Brings a database to its newest version. Safe to run twice at once: the second waits for the first. */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  const dataSource = await new DataSource(options).initialize();
  const session = dataSource.createQueryRunner();
  try {
    await session.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const done = await dataSource.runMigrations();
    return done.map((migration) => migration.name);
  } finally {
    await session.release();
    await dataSource.destroy();
  }
}

/** The command line of an app's migrate.ts: migrates what DATABASE_URL names, or says in one line why not. */
export async function migrateFromCommandLine(optionsFor: (url: string) => DataSourceOptions): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) {
    console.error('Set DATABASE_URL to the database to migrate, for instance postgres://user:password@host/directory.');
    process.exit(1);
  }
  try {
    const done = await migrate(optionsFor(url));
    console.log(done.length > 0 ? `migrated: ${done.join(', ')}` : 'nothing to migrate');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`The migration failed and was rolled back: ${reason}`);
    process.exit(1);
  }
}
