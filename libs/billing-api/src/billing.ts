import { IsIn, IsInt, IsNotEmpty, IsObject, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';
import type { PaidSeats, SeatsByClass } from '#events/paid-seats';

export const KEYS = { create: 'keys.create', list: 'keys.list', revoke: 'keys.revoke' } as const;
export const SEATS = { count: 'seats.count' } as const;
export const PLANS = { set: 'plans.set', show: 'plans.show' } as const;
export const INVOICES = { preview: 'invoices.preview', list: 'invoices.list', show: 'invoices.show' } as const;
export const PARKED = {
  list: 'parked.list',
  show: 'parked.show',
  replay: 'parked.replay',
  discard: 'parked.discard',
  discarded: 'parked.discarded',
} as const;

/** Makes a key for the HTTP API of one tenant's billing. Answer: 201 `{keyId, key}`; the key cannot be shown again. */
export class CreateKey {
  @IsUUID()
  tenantId!: string;

  /** what it is for, to be recognised by */
  @IsOptional()
  @IsString()
  label?: string;
}

/** Answer: 200 `{keys: KeySummary[]}`, the newest first. */
export class ListKeys {
  @IsUUID()
  tenantId!: string;
}

export interface KeySummary {
  keyId: string;
  label: string | null;
  /** UTC, ISO 8601 */
  createdAt: string;
  revokedAt: string | null;
}

/** The key opens nothing from now on. Answer: 200 {@link KeySummary}; 404 when there is none. */
export class RevokeKey {
  @IsUUID()
  tenantId!: string;

  @IsUUID()
  keyId!: string;
}

/** Answer: 200 {@link SeatCount}. */
export class CountSeats {
  @IsUUID()
  tenantId!: string;
}

/** Seats in use by a tenant. `sequence` is the number of the last ledger line it counts, 0 before the first. */
export interface SeatCount extends PaidSeats {
  tenantId: string;
  inUse: number;
  inUseCore: number;
  inUseLight: number;
  sequence: number;
  /** UTC, ISO 8601 */
  asOf: string;
}

/** Answer: 200 `{parked: [{tenantId, eventId, type, reason, content}]}`, oldest first. */
export class ListParked {
  @IsOptional()
  @IsUUID()
  tenantId?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

/** Answer: 200 `{replayed}`; 409 with the reason when an event still cannot be applied, and then none was. */
export class ReplayParked {
  @IsUUID()
  tenantId!: string;
}

/**
 * Answer: 200 `{tenantId, eventId, type, reason, content, parkedAt, ahead, behind}`; `reason` is why it is parked, `behind`
 * how many wait behind it. 404 when it is not parked.
 */
export class ShowParked {
  @IsUUID()
  tenantId!: string;

  /** the tenant's first when absent */
  @IsOptional()
  @IsString()
  eventId?: string;
}

/**
 * Takes one event out of the parking for good. Nothing else is applied: what waited behind it is replayed by
 * {@link ReplayParked}. Answer: 200 `{eventId, type, behind}`; 404 when it is not parked; 409 when no event is named and
 * the first one only waits behind another that is gone.
 */
export class DiscardParked {
  @IsUUID()
  tenantId!: string;

  /** the tenant's first when absent */
  @IsOptional()
  @IsString()
  eventId?: string;

  /** why it may be left out; kept with it */
  @IsString()
  @IsNotEmpty()
  reason!: string;

  /** who decided, such as `operator:ada` */
  @IsString()
  @IsNotEmpty()
  actor!: string;
}

/** Answer: 200 `{discarded: [{tenantId, eventId, type, content, cause, reason, actor, parkedAt, discardedAt}]}`, newest first. */
export class ListDiscarded extends ListParked {}

/**
 * Makes the next version of a tenant's plan; the first one opens the tenant's first term, which begins on this local day.
 * Answer: 201 with what {@link ShowPlan} answers; 400 for an impossible plan, naming all that is wrong; 409 for what the
 * terms that there are do not allow.
 */
export class SetPlan {
  @IsUUID()
  tenantId!: string;

  /** see docs/billing.md */
  @IsObject()
  plan!: object;

  /** from when it holds; `this_term` is the running term from its beginning */
  @IsIn(['next_term', 'this_term'])
  applies!: 'next_term' | 'this_term';

  /** who decided, such as `operator:ada` */
  @IsString()
  @IsNotEmpty()
  actor!: string;
}

/** Answer: 200 {@link PlanAnswer}; 404 for a tenant without a plan. */
export class ShowPlan {
  @IsUUID()
  tenantId!: string;
}

export interface PlanAnswer {
  tenantId: string;
  version: number;
  plan: object;
  /** the plan of the next term, when it is another */
  next: { version: number; plan: object } | null;
  term: TermAnswer;
}

/** A term: [startsAt, endsAt) in UTC, and how many local days it has of the full period's. */
export interface TermAnswer {
  number: number;
  startsAt: string;
  endsAt: string;
  days: number;
  fullDays: number;
}

/** The open term as it would be billed if nothing more happened. Answer: 200 {@link InvoiceAnswer}; 404 without a plan. */
export class PreviewInvoice {
  @IsUUID()
  tenantId!: string;

  /** lines with a larger number than this */
  @IsInt()
  @Min(0)
  after!: number;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

/** Answer: 200 `{invoices: [InvoiceSummary]}`, newest first. */
export class ListInvoices {
  @IsUUID()
  tenantId!: string;
}

/** Answer: 200 {@link InvoiceAnswer}; 404 when there is none of this id. */
export class ShowInvoice extends PreviewInvoice {
  @IsUUID()
  invoiceId!: string;
}

export interface InvoiceSummary {
  /** null for a preview */
  invoiceId: string | null;
  status: 'closed' | 'preview';
  term: Pick<TermAnswer, 'number' | 'startsAt' | 'endsAt'>;
  /** when it was closed; of a preview, when it was made */
  asOf: string;
  currency: string;
  /** minor units, and as people write it */
  total: number;
  totalDecimal: string;
  lineCount: number;
  purchased: SeatsByClass;
  available: SeatsByClass;
  inUse: SeatsByClass;
  peak: { seats: SeatsByClass; at: string };
}

export interface InvoiceAnswer extends InvoiceSummary {
  lines: InvoiceLineAnswer[];
  /** the `after` of the next page; null when there is no more */
  next: number | null;
}

/** One amount and why. */
export interface InvoiceLineAnswer {
  number: number;
  kind: 'renewal' | 'purchase' | 'charge' | 'credit' | 'peak';
  userId: string;
  /** as the person is called now */
  userName?: string;
  seatClass: 'core' | 'light';
  /** the first local day it is for */
  fromDay: string;
  days: number;
  fullDays: number;
  /** of a full period, minor units */
  price: number;
  amount: number;
  amountDecimal: string;
  /** the ledger lines that it comes from */
  ledgerLines: number[];
  /** the closed term that it corrects, and whether it takes off a line of it */
  correctsTerm?: number;
  removed?: boolean;
}
