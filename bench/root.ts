import { join } from 'node:path';

/** The project's folder, from the compiled files in dist/bench. */
export const ROOT = join(import.meta.dirname, '../..');
