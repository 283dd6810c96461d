import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { isDatabaseAway, unstorableText } from './postgres-error.ts';
import { run } from './prepared.ts';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createDatabase();
  dataSource = await new DataSource({ type: 'postgres', url: database.url, poolSize: 2 }).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** Ends the transaction's own connection from another one, as a database that goes away does; until its client has noticed. */
async function cut(tx: EntityManager): Promise<void> {
  const [{ pid }] = await tx.query('SELECT pg_backend_pid() AS pid');
  const client = await tx.queryRunner?.connect();
  const noticed = new Promise((resolve) => client.once('end', resolve));
  await dataSource.query('SELECT pg_terminate_backend($1)', [pid]);
  await noticed;
}

async function failure(work: (tx: EntityManager) => Promise<unknown>): Promise<unknown> {
  return dataSource.transaction(work).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a connection that ends', () => {
  it.each([
    ['TypeORM', (tx: EntityManager) => tx.query('SELECT 1')],
    ['the driver', (tx: EntityManager) => run(tx, { name: 'one', text: 'SELECT 1' }, [])],
  ])('between two statements of a transaction through %s, is a database that is away', async (_, next) => {
    const error = await failure(async (tx) => {
      await cut(tx);
      await next(tx);
    });

    expect(error).toBeInstanceOf(Error);
    expect(isDatabaseAway(error)).toBe(true);
  });

  it('before the commit of its transaction, is a database that is away', async () => {
    const error = await failure(cut);

    expect(error).toBeInstanceOf(Error);
    expect(isDatabaseAway(error)).toBe(true);
  });

  it('during a statement, is a database that is away', async () => {
    const error = await failure((tx) => tx.query('SELECT pg_terminate_backend(pg_backend_pid())'));

    expect(error).toBeInstanceOf(Error);
    expect(isDatabaseAway(error)).toBe(true);
  });
});

describe('a text with the character NUL', () => {
  it.each([
    ['a text', 'SELECT $1::text', 'a\0b'],
    ['JSON', 'SELECT $1::jsonb', JSON.stringify({ a: 'a\0b' })],
  ])('is none that the database can keep, as %s', async (_, statement, value) => {
    expect(unstorableText(await failure((tx) => tx.query(statement, [value])))).toMatch(/NUL.*Leave it out/);
  });
});

describe('a statement that is wrong', () => {
  it('is neither', async () => {
    const error = await failure((tx) => tx.query('SELECT nothing_like_it'));

    expect([isDatabaseAway(error), unstorableText(error)]).toEqual([false, undefined]);
  });
});
