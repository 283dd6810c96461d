import 'reflect-metadata';
import { migrateFromCommandLine } from '#postgres/migrate';
import { billingDatabase } from './database.ts';

await migrateFromCommandLine(billingDatabase);
