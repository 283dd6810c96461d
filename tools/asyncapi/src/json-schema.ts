import { getMetadataStorage } from 'class-validator';
import type { Docs } from './docs.ts';
import type { Json } from './yaml.ts';

export type JsonSchema = { [key: string]: Json };

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** What a constraint of class-validator means in JSON Schema. */
const KEYWORDS: Readonly<Record<string, (constraints: unknown[]) => JsonSchema>> = {
  equals: ([value]) => ({ const: value as Json }),
  isString: () => ({ type: 'string' }),
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isObject: () => ({ type: 'object' }),
  min: ([least]) => ({ minimum: least as number }),
  max: ([most]) => ({ maximum: most as number }),
  arrayMaxSize: ([most]) => ({ type: 'array', maxItems: most as number }),
  isIn: ([choices]) => ({ type: 'string', enum: [...(choices as string[])] }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isInstant: () => ({ type: 'string', format: 'date-time' }),
  matches: ([pattern]) => ({ type: 'string', pattern: (pattern as RegExp).source }),
};

/**
 * A class with class-validator's decorators as JSON Schema; what is optional may be absent or null.
 *
 * @throws for a constraint that has no meaning here yet
 */
export function jsonSchema(shape: new () => object, docs: Docs): JsonSchema {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(shape, '', false, false);
  // class-validator gives the inherited ones last; a reader looks for the base first
  const properties = [...Map.groupBy(metadata, ({ propertyName }) => propertyName)].toSorted(
    ([, [a]], [, [b]]) => Number(a?.target === shape) - Number(b?.target === shape),
  );
  const described = docs.get(shape.name)?.text;
  return {
    type: 'object',
    ...(described && { description: described }),
    required: properties.filter(([, its]) => !its.some(isOptional)).map(([name]) => name),
    properties: Object.fromEntries(properties.map(([name, its]) => [name, propertySchema(name, its, docs)])),
  };
}

function propertySchema(name: string, metadata: Metadata[], docs: Docs): JsonSchema {
  const constraints = metadata.filter((each) => !isOptional(each));
  const schema: JsonSchema = {};
  for (const { name: constraint, constraints: values, each } of constraints.toReversed()) {
    const keywords = KEYWORDS[constraint ?? '']?.(values ?? []);
    if (!keywords) throw new Error(`${name}: ${constraint} has no meaning in JSON Schema yet (tools/asyncapi)`);
    if (each) Object.assign(schema, { type: 'array', items: { ...(schema.items as JsonSchema), ...keywords } });
    else Object.assign(schema, keywords);
  }
  const optional = metadata.some(isOptional) && typeof schema.type === 'string';
  const [{ target } = { target: '' }] = metadata;
  const described = docs.get(typeof target === 'string' ? target : target.name)?.members.get(name);
  return {
    ...(described && { description: described }),
    ...schema,
    ...(optional && { type: [schema.type as string, 'null'] }),
  };
}

function isOptional({ type, name }: Metadata): boolean {
  return type === 'conditionalValidation' && name === 'isOptional';
}
