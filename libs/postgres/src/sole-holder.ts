import type { DataSource } from 'typeorm';

/**
 * Does work that one process may do at a time, whoever comes first: the others do nothing and do not wait.
 *
 * @param lock advisory lock of the database: a number that no other lock has
 * @returns what the work returns; undefined while another process is at it
 */
export async function asSoleHolder<T>(
  dataSource: DataSource,
  lock: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const session = dataSource.createQueryRunner();
  try {
    const [row]: { held: boolean }[] = await session.query('SELECT pg_try_advisory_lock($1) AS held', [lock]);
    if (!row?.held) return undefined;
    try {
      return await work();
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [lock]);
    }
  } finally {
    await session.release();
  }
}
