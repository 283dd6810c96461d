import { type AttributeName, printName } from '#scim/attribute-name';
import { badRequest } from '#scim/error';
import type { SortOrder } from '#scim/sort';
import type { Columns } from './columns.ts';
import { folded, jsonOf, sqlTypeOf, typed } from './json-sql.ts';
import type { Parameters } from './parameters.ts';

/** How many characters of a text count in sorting; so a position in a sorted list is never long. */
export const SORTED_CHARACTERS = 200;

/** What rows are sorted by, before their id. */
export interface SortKey {
  /** null for a row without a value */
  sql: string;
  /** its Postgres type */
  type: string;
  descending: boolean;
  /** every row has a value */
  required: boolean;
}

/**
 * Compiles a sort (RFC 7644 §3.4.2.3), in the order of #scim/sort but for texts that differ only after
 * {@link SORTED_CHARACTERS}.
 *
 * @throws ScimError 400 invalidValue for what is not stored with the resource
 */
export function sortToSql(name: AttributeName, order: SortOrder, columns: Columns, parameters: Parameters): SortKey {
  const attribute = name.subAttribute ?? name.attribute;
  const descending = order === 'descending';
  const column = columns.byName[printName(name)];
  if (column && !column.within && !column.array) {
    const { uuid, canonical, required = false } = column;
    if (uuid) return { sql: column.column, type: 'uuid', descending, required };
    const type = sqlTypeOf(attribute);
    const text = canonical || attribute.caseExact ? column.column : folded(column.column);
    return { sql: type === 'text' ? collated(text) : column.column, type, descending, required };
  }
  if (name.schema === undefined && columns.elsewhere.includes(name.attribute.name)) {
    throw badRequest('invalidValue', `Resources cannot be sorted by '${printName(name)}'. Sort by another attribute.`);
  }
  const sql = typed(textOf(name, columns, parameters), attribute);
  const type = sqlTypeOf(attribute);
  return {
    sql: type === 'text' ? collated(`left(${sql}, ${SORTED_CHARACTERS})`) : sql,
    type,
    descending,
    required: false,
  };
}

function collated(text: string): string {
  return `${text} COLLATE "C"`;
}

/** The text of the value that counts: the primary one, else the first. */
function textOf(name: AttributeName, columns: Columns, parameters: Parameters): string {
  const json = jsonOf(name, columns, parameters);
  const key = name.subAttribute && parameters.bind(name.subAttribute.name, 'text');
  if (!name.attribute.multiValued) return key ? `(${json} ->> ${key})` : `(${json} #>> '{}')`;
  return `(SELECT ${key ? `element ->> ${key}` : "element #>> '{}'"}
    FROM jsonb_array_elements(${json}) WITH ORDINALITY AS held (element, place)
    ORDER BY (CASE jsonb_typeof(element) WHEN 'object' THEN element -> 'primary' END) IS DISTINCT FROM 'true'::jsonb, place
    LIMIT 1)`;
}
