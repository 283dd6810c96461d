import { InvalidShape, valid } from './valid.ts';

/**
 * Reads the process environment into a validated class, before Nest starts.
 * A property declared as a number is read as one; an absent variable leaves the class's default.
 *
 * @throws InvalidShape with property and constraint, never the value
 */
export function readEnv<T extends object>(shape: new () => T, source: NodeJS.ProcessEnv = process.env): T {
  const env = new shape() as Record<string, unknown>;
  for (const [name, text] of Object.entries(source)) {
    if (text === undefined || text === '') continue;
    const type = Reflect.getMetadata('design:type', shape.prototype, name);
    if (type === undefined) continue;
    env[name] = type === Number ? Number(text) : text;
  }
  return valid(shape, env);
}

/** Reads the environment or ends the process with one line that says what to set. */
export function envOrExit<T extends object>(shape: new () => T): T {
  try {
    return readEnv(shape);
  } catch (error) {
    if (!(error instanceof InvalidShape)) throw error;
    console.error(`The environment is not complete: ${error.problems.join('; ')}`);
    process.exit(1);
  }
}
