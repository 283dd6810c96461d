import 'reflect-metadata';
import { migrateFromCommandLine } from '#postgres/migrate';
import { directoryDatabase } from './database.ts';

await migrateFromCommandLine(directoryDatabase);
