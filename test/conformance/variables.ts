/** What the steps of a case have learnt so far, by name. */
export type Variables = Record<string, string>;

/**
 * The value with every `{{name}}` in its texts, keys included, replaced.
 *
 * @throws when there is no variable of that name
 */
export function fill<T>(value: T, variables: Variables): T {
  return fillAny(value, variables) as T;
}

function fillAny(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const found = variables[name];
      if (found === undefined) throw new Error(`there is no variable ${name}`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => fillAny(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fill(key, variables), fillAny(item, variables)]),
  );
}

/** What a dotted path such as `Resources.0.id` leads to. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
