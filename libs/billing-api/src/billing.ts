import { IsInt, IsNotEmpty, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';

export const KEYS = { create: 'keys.create' } as const;
export const SEATS = { count: 'seats.count' } as const;
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

/** Answer: 200 {@link SeatCount}. */
export class CountSeats {
  @IsUUID()
  tenantId!: string;
}

/** Seats in use by a tenant. `sequence` is the number of the last ledger line it counts, 0 before the first. */
export interface SeatCount {
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
