import { QueryFailedError } from 'typeorm';

const UNIQUE_VIOLATION = '23505';
const STATEMENT_TIMEOUT = '57014';
const AGAIN = new Set(['40001', '40P01']);

/** SQLSTATE classes and codes that say the database is away or full, not that the statement is wrong. */
const AWAY = /^(08|53|57P0|58)/;
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

/** What a function of ours raised with this code; undefined for any other error. */
export function raisedAs(error: unknown, code: string): string | undefined {
  return codeOf(error) === code && error instanceof Error ? error.message : undefined;
}

/** The statement ran longer than `statement_timeout` allows, and was ended. */
export function isStatementTimeout(error: unknown): boolean {
  return codeOf(error) === STATEMENT_TIMEOUT;
}

/** The database cannot be reached or takes no work now. */
export function isDatabaseAway(error: unknown): boolean {
  const code = codeOf(error);
  return (
    AWAY.test(code) ||
    SOCKET.has(code) ||
    /terminat|timeout exceeded/i.test(error instanceof Error ? error.message : '')
  );
}
