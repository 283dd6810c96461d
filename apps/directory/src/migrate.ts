import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { directoryDatabase } from './database/database.ts';

const LOCK = 0x0b0d;

/** Brings the database `directory` to the newest version. Safe to run twice at once: the second waits for the first. */
export async function migrate(url: string): Promise<string[]> {
  const dataSource = await new DataSource(directoryDatabase(url, 2)).initialize();
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

if (process.argv[1] === import.meta.filename) {
  const url = process.env.DATABASE_URL;
  if (!url) {
    console.error('Set DATABASE_URL to the database to migrate, for instance postgres://user:password@host/directory.');
    process.exit(1);
  }
  try {
    const done = await migrate(url);
    console.log(done.length > 0 ? `migrated: ${done.join(', ')}` : 'nothing to migrate');
  } catch (error) {
    console.error(
      `The migration failed and was rolled back: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exit(1);
  }
}
