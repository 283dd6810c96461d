import { readFileSync } from 'node:fs';
import { UsageError } from './failure.ts';

/** The text itself, or what the file after `@` holds. @throws UsageError when it cannot be read */
export function textOrFile(option: string, given: string): string {
  if (!given.startsWith('@')) return given;
  const path = given.slice(1);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--${option}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
