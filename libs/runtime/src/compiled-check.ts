import { getMetadataStorage } from 'class-validator';

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Test = (value: unknown) => boolean;

/** Says yes only to what class-validator accepts. No is not final: it means that class-validator must be asked. */
export type CompiledCheck = (candidate: object) => boolean;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const UTC_TIME =
  /^(?!0000)(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** A constraint by its name in class-validator, as a test of its own; a variant that is not known here has none. */
const TESTS: Readonly<Record<string, (constraints: unknown[]) => Test | undefined>> = {
  equals:
    ([wanted]) =>
    (value) =>
      value === wanted,
  isString: () => (value) => typeof value === 'string',
  isBoolean: () => (value) => typeof value === 'boolean',
  isInt: () => Number.isInteger,
  isObject: () => (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  min:
    ([least]) =>
    (value) =>
      typeof value === 'number' && value >= Number(least),
  max:
    ([most]) =>
    (value) =>
      typeof value === 'number' && value <= Number(most),
  arrayMaxSize:
    ([most]) =>
    (value) =>
      Array.isArray(value) && value.length <= Number(most),
  isIn: ([choices]) => (Array.isArray(choices) ? (value) => choices.includes(value) : undefined),
  isUuid: ([version]) => (version == null ? (value) => typeof value === 'string' && UUID.test(value) : undefined),
  matches: ([pattern]) =>
    pattern instanceof RegExp && !pattern.global && !pattern.sticky
      ? (value) => typeof value === 'string' && pattern.test(value)
      : undefined,
  isInstant: () => (value) => typeof value === 'string' && isUtcTime(value),
};

function isUtcTime(text: string): boolean {
  const [, year, month, day] = UTC_TIME.exec(text) ?? [];
  if (day === undefined) return false;
  return Number(day) <= 28 || Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

const compiled = new WeakMap<new () => object, CompiledCheck>();

/**
 * The check of a class-validator class as one plain function, made from the same decorators the first time it is asked
 * for. class-validator looks its metadata up and groups it anew for every object, which costs some fifty times as much.
 */
export function compiledCheck(shape: new () => object): CompiledCheck {
  let check = compiled.get(shape);
  if (!check) {
    check = compile(shape);
    compiled.set(shape, check);
  }
  return check;
}

function compile(shape: new () => object): CompiledCheck {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(shape, '', false, false);
  const properties = [...Map.groupBy(metadata, ({ propertyName }) => propertyName)].map(([name, constraints]) => ({
    name,
    test: propertyTest(constraints),
  }));
  // class-validator refuses a class without constraints, in its own words
  if (properties.length === 0) return () => false;
  return (candidate) => {
    for (const { name, test } of properties) {
      if (!test((candidate as Record<string, unknown>)[name])) return false;
    }
    return true;
  };
}

function propertyTest(metadata: Metadata[]): Test {
  const optional = metadata.some(isOptional);
  const tests = metadata.filter((each) => !isOptional(each)).map(constraintTest);
  return (value) => {
    if (optional && (value === undefined || value === null)) return true;
    for (const test of tests) if (!test(value)) return false;
    return true;
  };
}

function isOptional({ type, name }: Metadata): boolean {
  return type === 'conditionalValidation' && name === 'isOptional';
}

function constraintTest(metadata: Metadata): Test {
  const { type, name, each, constraints, validateIf } = metadata;
  const one = type === 'customValidation' && !validateIf ? TESTS[name ?? '']?.(constraints ?? []) : undefined;
  if (!one) return () => false;
  return each ? (value) => Array.isArray(value) && value.every(one) : one;
}
