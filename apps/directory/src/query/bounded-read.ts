import type { DataSource, EntityManager } from 'typeorm';
import { isStatementTimeout } from '#postgres/postgres-error';
import { ScimError } from '#scim/error';

/** No list may hold a database connection for longer; a client has given up long before a minute. */
const MOST_MS = 5_000;

const TOO_MANY =
  'This list takes too long on a directory of this size and was stopped. Filter by userName, externalId, displayName, ' +
  'emails.value, active, id or meta.lastModified, with eq or sw where they can be, or ask without a filter and page through.';

/**
 * Reads in one snapshot, within a bound for each statement, so that a question no index answers cannot occupy the database.
 *
 * @throws ScimError 400 tooMany when the bound is reached
 */
export async function boundedRead<T>(
  dataSource: DataSource,
  read: (tx: EntityManager) => Promise<T>,
  mostMs = MOST_MS,
): Promise<T> {
  try {
    return await dataSource.transaction('REPEATABLE READ', async (tx) => {
      await tx.query(`SET LOCAL statement_timeout = ${Math.ceil(mostMs)}`);
      return read(tx);
    });
  } catch (error) {
    throw isStatementTimeout(error) ? new ScimError(400, TOO_MANY, 'tooMany') : error;
  }
}
