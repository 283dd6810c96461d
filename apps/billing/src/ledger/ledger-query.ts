import { IsIn, IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { valid } from '#runtime/valid';
import { instant } from '../history/history-query.ts';
import { type LedgerFilter, LINE_KINDS } from './ledger.service.ts';

const DEFAULT_LIMIT = 100;
const DIGITS = /^\d+$/;

class FilterQuery {
  @IsOptional()
  @IsUUID()
  user?: string;

  @IsOptional()
  @IsIn(LINE_KINDS)
  kind?: LedgerFilter['kind'];
}

/**
 * Reads which lines a URL's query asks for: of a `user`, of a `kind`, what happened at or after `from` and before `to`.
 *
 * @throws InvalidShape naming every parameter that is wrong
 */
export function readLedgerFilter(query: Readonly<Record<string, unknown>>): LedgerFilter {
  const { user, kind } = valid(FilterQuery, {
    ...(query.user !== undefined && { user: query.user }),
    ...(query.kind !== undefined && { kind: query.kind }),
  });
  return { userId: user, kind, from: instant(query, 'from'), to: instant(query, 'to') };
}

/** Which page of the ledger is asked for. */
export class LedgerQuery {
  /** lines with a larger sequence than this */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after!: number;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

/**
 * Reads the page from a URL's query. Parameters nobody knows are ignored.
 *
 * @throws InvalidShape naming every parameter that is wrong
 */
export function readLedgerQuery(query: Readonly<Record<string, unknown>>): LedgerQuery {
  return valid(LedgerQuery, { after: number(query.after, 0), limit: number(query.limit, DEFAULT_LIMIT) });
}

/** Only digits are a number here: `1e3`, ` 1` and a parameter given twice are not. */
export function number(text: unknown, otherwise: number): number {
  if (text === undefined) return otherwise;
  return typeof text === 'string' && DIGITS.test(text) ? Number(text) : Number.NaN;
}
