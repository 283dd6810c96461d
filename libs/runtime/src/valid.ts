import 'reflect-metadata';
import { type ValidationError, validateSync } from 'class-validator';
import { compiledCheck } from './compiled-check.ts';

/** What is wrong with a shape we own: `property: constraint` pairs, never the value (it may be a secret). */
export class InvalidShape extends Error {
  constructor(
    readonly shape: string,
    readonly problems: string[],
  ) {
    super(`${shape} is not valid: ${problems.join('; ')}`);
    this.name = 'InvalidShape';
  }
}

function describe(errors: ValidationError[], prefix = ''): string[] {
  return errors.flatMap((error) => {
    const path = `${prefix}${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((constraint) => `${path}: ${constraint}`);
    return [...own, ...describe(error.children ?? [], `${path}.`)];
  });
}

/**
 * Checks a plain object against a class-validator class and gives it that class's prototype.
 * No class-transformer: nothing is copied or converted. What is valid is found to be so by the compiled check;
 * class-validator itself is asked about the rest, so what is refused, and why, is always its word.
 *
 * @throws InvalidShape naming every property and constraint that failed
 */
export function valid<T extends object>(shape: new () => T, plain: unknown): T {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new InvalidShape(shape.name, ['expected an object']);
  }
  const candidate = Object.setPrototypeOf(plain, shape.prototype) as T;
  if (compiledCheck(shape)(candidate)) return candidate;
  const errors = validateSync(candidate, { forbidUnknownValues: true });
  if (errors.length > 0) throw new InvalidShape(shape.name, describe(errors));
  return candidate;
}
