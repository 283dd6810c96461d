/** An attribute that has a column of its own. */
export interface Column {
  column: string;
  /** the column holds the canonical form (#scim/canonical) */
  canonical?: boolean;
  /** the column is ordered by code point, so that its index finds what starts with a text */
  ordered?: boolean;
  /** the column holds the first INDEXED_CHARACTERS of each text (query/index-key.ts); longer ones are looked for in `data` */
  cut?: boolean;
  /**
   * the column is an array of the attribute's values: the query, up to its WHERE, of the ids whose array holds one. They are
   * found first and by themselves: within a page the planner would rather walk all rows in order.
   */
  array?: string;
  /** the column is a UUID: an equal text is looked up as one */
  uuid?: boolean;
  /** at most a few rows have the same value, and an index finds them */
  lookup?: boolean;
  /** every row has a value */
  required?: boolean;
  /** for a multi-valued attribute that is rows of another table: the condition that `test`, of `column`, holds for one of them */
  within?: ((test?: string) => string) | undefined;
}

/** Where a resource type's attributes are: those with columns by their printed name, the rest in the jsonb column `data`. */
export interface Columns {
  data: string;
  byName: Readonly<Record<string, Column>>;
  /** attributes that are rows of another table and not in `data`; other filters on them are refused */
  elsewhere: readonly string[];
}
