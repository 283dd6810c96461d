import type { Pool, PoolClient, QueryResultRow } from 'pg';
import type { EntityManager } from 'typeorm';

/** A statement that a connection parses once and then knows by its name; for the few that run thousands of times a second. */
export interface Prepared {
  /** unique in the database */
  name: string;
  text: string;
}

/**
 * Runs a prepared statement: in the transaction of `tx`, or on a pooled connection of its own when `tx` is in none.
 *
 * @throws the driver's error, with its SQLSTATE as `code`
 */
export async function run<R extends QueryResultRow>(tx: EntityManager, statement: Prepared, values: unknown[]) {
  const { name, text } = statement;
  const result = await (await connectionOf(tx)).query<R>({ name, text, values });
  return result.rows;
}

/** Rows as the columns that {@link unnested} takes: an array for each, so that one prepared text serves any number of rows. */
export function asColumns(rows: readonly (readonly unknown[])[]): unknown[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));
}

/** `unnest($1::uuid[], …)`: the rows of as many parameters as there are types, from number `first` on. */
export function unnested(types: readonly string[], first = 1): string {
  return `unnest(${types.map((type, index) => `$${index + first}::${type}[]`).join(', ')})`;
}

/** Texts that were seen, with their names. Bounded, because each costs memory on every connection. */
const known = new Map<string, string>();
const KNOWN_AT_MOST = 200;

/** Runs a statement whose text is put together: prepared when its text is one of the first that came, plain beyond that. */
export async function runComposed<R extends QueryResultRow>(tx: EntityManager, text: string, values: unknown[]) {
  let name = known.get(text);
  if (name === undefined && known.size < KNOWN_AT_MOST) {
    name = `composed_${known.size}`;
    known.set(text, name);
  }
  const connection = await connectionOf(tx);
  const result = await connection.query<R>(name === undefined ? { text, values } : { name, text, values });
  return result.rows;
}

async function connectionOf(tx: EntityManager): Promise<PoolClient | Pool> {
  if (tx.queryRunner) return (await tx.queryRunner.connect()) as PoolClient;
  return (tx.dataSource.driver as unknown as { master: Pool }).master;
}
