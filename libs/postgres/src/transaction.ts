import type { DataSource, EntityManager } from 'typeorm';
import { failpoint } from '#runtime/failpoint';
import { canRunAgain } from './postgres-error.ts';

const TRIES = 5;

/** Runs `work` in one transaction; after a deadlock once more, so that nobody outside sees one. `work` must be pure but for `tx`. */
export async function transaction<T>(dataSource: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction(async (tx) => {
        const result = await work(tx);
        failpoint('command.written');
        return result;
      });
    } catch (error) {
      if (attempt === TRIES || !canRunAgain(error)) throw error;
    }
  }
}
