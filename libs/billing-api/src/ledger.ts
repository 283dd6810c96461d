import { ArrayMaxSize, IsArray, IsBoolean, IsInt, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';

export const LEDGER = { tenants: 'ledger.tenants', verify: 'ledger.verify' } as const;
export const RECONCILE = { compare: 'reconcile.compare', check: 'reconcile.check' } as const;

/** People of a question at most. */
export const PEOPLE_AT_ONCE = 1_000;

/** Answer: 200 with at most `limit` ids of tenants that have a balance, in order, from after the id `after`. */
export class ListLedgers {
  @IsOptional()
  @IsUUID()
  after?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

/** Rebuilds what a tenant's ledger comes to and compares it with seats and balance. Answer: 200 {@link Verified}. */
export class VerifyLedger {
  @IsUUID()
  tenantId!: string;
}

/** One thing that is not what the ledger, or for a standing the memberships, say. */
export interface LedgerDifference {
  /**
   * `line`: its counts or number; `seat`: of a person; `standing`: groups of a person; `balance`: of the tenant;
   * `term`: what the running term has come to
   */
  what: 'line' | 'seat' | 'standing' | 'balance' | 'term';
  /** sequence of a line, id of a person, the tenant's, or the number of a term */
  of: string;
  expected: string;
  found: string;
}

export interface Verified {
  tenantId: string;
  lines: number;
  /** at most a thousand */
  differences: LedgerDifference[];
}

/**
 * Compares a stretch of the directory's billable people, in the order of their ids, with the seats that are taken.
 * Answer: 200 `{people}`: the ids of those who are in one of the two alone, maybe only for now.
 */
export class CompareSeats {
  @IsUUID()
  tenantId!: string;

  /** the stretch begins after this id; absent: at the first */
  @IsOptional()
  @IsUUID()
  after?: string;

  /** the stretch ends with this id; absent: at the last */
  @IsOptional()
  @IsUUID()
  through?: string;

  @IsArray()
  @ArrayMaxSize(PEOPLE_AT_ONCE)
  @IsUUID(undefined, { each: true })
  people!: string[];
}

/** A person as the directory knows it now; columns of equal length, a row for each person. */
export class CheckSeats {
  @IsUUID()
  tenantId!: string;

  @IsArray()
  @ArrayMaxSize(PEOPLE_AT_ONCE)
  @IsUUID(undefined, { each: true })
  people!: string[];

  /** empty for a person whom the directory does not know */
  @IsArray()
  @IsString({ each: true })
  userNames!: string[];

  /** the user's version; 0 for a person whom the directory does not know */
  @IsArray()
  @IsInt({ each: true })
  @Min(0, { each: true })
  versions!: number[];

  @IsArray()
  @IsBoolean({ each: true })
  billable!: boolean[];

  /** writes an `adjusted` line for each seat that is not as the directory says */
  @IsBoolean()
  heal!: boolean;
}

/**
 * How a person's seat and the directory stand to each other: `differ` when both have seen the same version and do not
 * agree, `behind` when events are on their way to billing or were lost, `ahead` when the directory was read too early.
 */
export interface CheckedSeat {
  userId: string;
  userName: string;
  verdict: 'agree' | 'differ' | 'behind' | 'ahead';
  billable: boolean;
  occupied: boolean;
  directoryVersion: number;
  billingVersion: number;
  /** sequence of the line that set it right, when it was healed */
  healed?: number;
}
