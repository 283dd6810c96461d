import { IsInt, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';

export const KEYS = { create: 'keys.create' } as const;
export const SEATS = { count: 'seats.count' } as const;
export const PARKED = { list: 'parked.list', replay: 'parked.replay' } as const;

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
