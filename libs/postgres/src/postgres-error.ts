import { QueryFailedError, QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';

const UNIQUE_VIOLATION = '23505';
const STATEMENT_TIMEOUT = '57014';
/** Of the character NUL in a text, and in a text of JSON. */
const UNSTORABLE = new Set(['22021', '22P05']);
const AGAIN = new Set(['40001', '40P01']);

/** SQLSTATE classes and codes that say the database is away or full, not that the statement is wrong. */
const AWAY = /^(08|53|57P0|58)/;
/** What the driver says without a code: of a connection that ended, and of a pool that has none to give. */
const NOT_CONNECTED = /terminat|timeout exceeded|not queryable/i;
/** What TypeORM says when a transaction goes on whose connection has ended. */
const CONNECTION_GIVEN_UP = [QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError];
const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** The driver's error, whether the statement went through TypeORM or not. */
function driverError(error: unknown): { code?: unknown; constraint?: unknown } {
  return (error instanceof QueryFailedError ? error.driverError : error) ?? {};
}

function codeOf(error: unknown): string {
  return String(driverError(error).code ?? '');
}

/** The statement would have made a second row where a unique index, of this name if one is given, allows one. */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  return codeOf(error) === UNIQUE_VIOLATION && (index === undefined || driverError(error).constraint === index);
}

/** A deadlock or a serialisation failure: the transaction was rolled back and can simply be run again. */
export function canRunAgain(error: unknown): boolean {
  return AGAIN.has(codeOf(error));
}

/** What SQLSTATE says of the values to be written: data exceptions, and checks of columns that they do not pass. */
const REFUSED = /^22|^23514$/;

/** What the database has against values that were to be written: it says the same of them each time. Undefined for any other error. */
export function refusalOf(error: unknown): string | undefined {
  return REFUSED.test(codeOf(error)) && error instanceof Error ? error.message : undefined;
}

/** What a function of ours raised with this code; undefined for any other error. */
export function raisedAs(error: unknown, code: string): string | undefined {
  return codeOf(error) === code && error instanceof Error ? error.message : undefined;
}

/** What to do about a text that Postgres keeps nowhere, because it holds the character NUL; undefined for any other error. */
export function unstorableText(error: unknown): string | undefined {
  return UNSTORABLE.has(codeOf(error))
    ? 'A text holds the character NUL, which cannot be kept. Leave it out.'
    : undefined;
}

/** The statement ran longer than `statement_timeout` allows, and was ended. */
export function isStatementTimeout(error: unknown): boolean {
  return codeOf(error) === STATEMENT_TIMEOUT;
}

/** The database cannot be reached or takes no work now, or a connection ended, be it between two statements of a transaction. */
export function isDatabaseAway(error: unknown): boolean {
  if (CONNECTION_GIVEN_UP.some((type) => error instanceof type)) return true;
  const code = codeOf(error);
  return AWAY.test(code) || SOCKET.has(code) || NOT_CONNECTED.test(error instanceof Error ? error.message : '');
}
