import type { AttributeName } from '#scim/attribute-name';
import type { Attribute } from '#scim/schema';
import type { Columns } from './columns.ts';
import type { Parameters } from './parameters.ts';

/** The SQL of an attribute's jsonb in a row, null when it is unassigned. */
export function jsonOf({ schema, attribute }: AttributeName, columns: Columns, parameters: Parameters): string {
  const base = schema ? `${columns.data} -> ${parameters.bind(schema, 'text')}` : columns.data;
  return `(${base} -> ${parameters.bind(attribute.name, 'text')})`;
}

/** The SQL of a jsonb text as the attribute's own type; text is folded unless it is caseExact. */
export function typed(text: string, attribute: Attribute): string {
  switch (attribute.type) {
    case 'boolean':
      return `(${text})::boolean`;
    case 'integer':
    case 'decimal':
      return `(${text})::numeric`;
    case 'dateTime':
      return instant(text);
    default:
      return attribute.caseExact ? text : folded(text);
  }
}

/** The type that {@link typed} gives, by its Postgres name. */
export function sqlTypeOf(attribute: Attribute): 'boolean' | 'numeric' | 'timestamptz' | 'text' {
  switch (attribute.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'decimal':
      return 'numeric';
    case 'dateTime':
      return 'timestamptz';
    default:
      return 'text';
  }
}

/**
 * `canonicalKey` (#scim/canonical) as Postgres computes it, for what has no column of its own. The two differ only for
 * letters that one side's Unicode version does not know yet.
 */
export function folded(text: string): string {
  return `normalize(translate(lower(normalize(${text}, NFKC) COLLATE "und-x-icu"), 'ς', 'σ'), NFKC)`;
}

/** As #scim/date-time reads it: milliseconds, the rest cut off, and UTC where no offset is said. */
function instant(text: string): string {
  const cut = `regexp_replace(${text}, '(\\.\\d{3})\\d+', '\\1')`;
  return `(CASE WHEN ${text} ~ '(Z|[+-]\\d\\d:\\d\\d)$' THEN ${cut} ELSE ${cut} || 'Z' END)::timestamptz`;
}
