/** JSON Schema 2020-12, as far as it is used here. */
export type Schema = Readonly<Record<string, unknown>>;

export const uuid: Schema = { type: 'string', format: 'uuid' };
export const instant: Schema = { type: 'string', format: 'date-time' };
export const day: Schema = { type: 'string', format: 'date' };
export const text: Schema = { type: 'string' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const yes: Schema = { type: 'boolean' };

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

/** An object that has these properties; a consumer ignores what it does not know, because more may come. */
export function object(properties: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return { type: 'object', properties: { ...properties, ...optional }, required: Object.keys(properties) };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
