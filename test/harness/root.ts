import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';

/** The project's folder, from the sources and from the compiled files in dist alike. */
export const ROOT = dirname(findPackageJSON(import.meta.url) ?? '');
