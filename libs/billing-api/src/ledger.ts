import { IsBoolean, IsInt, IsNotEmpty, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';

export const LEDGER = { tenants: 'ledger.tenants', verify: 'ledger.verify' } as const;
export const RECONCILE = { start: 'reconcile.start', show: 'reconcile.show' } as const;
export const STALE_SEATS = { list: 'stale-seats.list' } as const;

/** People of a question at most. */
export const PEOPLE_AT_ONCE = 1_000;

class PageById {
  /** those after this id */
  @IsOptional()
  @IsUUID()
  after?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

/** Answer: 200 with at most `limit` ids of tenants that have a balance, in order, from after the id `after`. */
export class ListLedgers extends PageById {}

/** Rebuilds what a tenant's ledger comes to and compares it with seats and balance. Answer: 200 {@link Verified}. */
export class VerifyLedger {
  @IsUUID()
  tenantId!: string;
}

/** One thing that is not what the ledger, or for a standing the memberships, say. */
export interface LedgerDifference {
  /**
   * `line`: its counts or number; `seat`: of a person; `last_line`: the line that a person's seat names as its
   * last; `standing`: groups of a person; `balance`: of the tenant;
   * `term`: what the running term has come to
   */
  what: 'line' | 'seat' | 'last_line' | 'standing' | 'balance' | 'term';
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
 * Compares a tenant's taken seats with the directory's billable people. It goes on by itself. Answer: 202
 * {@link Reconciliation}; that under way where there is one.
 */
export class StartReconciliation {
  @IsUUID()
  tenantId!: string;

  /** writes an `adjusted` line for each seat that is not as the directory says */
  @IsBoolean()
  heal!: boolean;

  /** seconds in which events in flight may still come */
  @IsInt()
  @Min(0)
  @Max(3_600)
  waitSeconds!: number;

  /** who asks, such as `operator:ada` */
  @IsString()
  @IsNotEmpty()
  actor!: string;
}

/** Answer: 200 {@link Reconciliation}; 404 when the tenant has none of this id. */
export class ShowReconciliation {
  @IsUUID()
  tenantId!: string;

  @IsUUID()
  id!: string;
}

export interface ReconciliationSummary {
  id: string;
  /** `failed` says why in `problem` */
  status: 'running' | 'agreed' | 'differed' | 'failed';
  /** `schedule`, `api`, or such as `operator:ada` */
  askedBy: string;
  /** UTC, ISO 8601 */
  startedAt: string;
  finishedAt: string | null;
  /** billable people in the directory that were looked at */
  people: number;
  differenceCount: number;
  problem: string | null;
}

/** How billing and directory compared; the first thousand differences, of at most ten thousand that are looked for. */
export interface Reconciliation extends ReconciliationSummary {
  differences: CheckedSeat[];
}

/**
 * How a person's seat and the directory stand to each other: `differ` when both have seen the same version and do not
 * agree, `behind` when events are on their way to billing or were lost, `ahead` when the directory was read too early, `groups`
 * when the person is in another number of groups, so that the class may be wrong.
 */
export interface CheckedSeat {
  userId: string;
  userName: string;
  verdict: 'agree' | 'differ' | 'behind' | 'ahead' | 'groups';
  billable: boolean;
  occupied: boolean;
  directoryVersion: number;
  billingVersion: number;
  directoryGroups: number;
  billingGroups: number;
  /** sequence of the line that set it right, when it was healed */
  healed?: number;
  /** the groups were told again, and agree since */
  regrouped?: true;
}

/** Whether a seat that differed does not any more: it agreed by itself, was healed, or its groups were told again. */
export function isSetRight({ verdict, healed, regrouped }: CheckedSeat): boolean {
  return verdict === 'agree' || healed !== undefined || regrouped === true;
}

/** Answer: 200 {@link StaleSeats}; 503 while the directory does not answer. */
export class ListStaleSeats extends PageById {
  @IsUUID()
  tenantId!: string;

  /** without SCIM contact for so long */
  @IsInt()
  @Min(1)
  @Max(3_650)
  days!: number;
}

/** Seats of people whom their identity provider may have forgotten: active and managed, and silent or never deactivated by it. */
export interface StaleSeats {
  seats: StaleSeat[];
  /** what to ask for next with `after`; null when there are no more */
  next: string | null;
}

export interface StaleSeat {
  userId: string;
  userName: string;
  seatClass: 'core' | 'light';
  /** when the seat was taken */
  since: string;
  connectionId: string;
  connectionName: string;
  /** the last SCIM request that named the user or changed it, to the hour */
  lastContactAt: string;
  /** `no_contact` for the days asked for; `connection_never_deactivated` anybody, and is older than these days */
  reasons: ('no_contact' | 'connection_never_deactivated')[];
}
