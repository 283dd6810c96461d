import { IsIn, IsInt, Min } from 'class-validator';
import { IsInstant } from '#runtime/instant';

export const CAP_REACHED = 'cap.reached.v1';

/** Thresholds of a cap, in percent; each is told of once a term. */
export const CAP_THRESHOLDS = [80, 90, 100] as const;

/** The seats in use have come to a threshold of the tenant's cap. The event's time is that of the change that did it. */
export class CapReached {
  /** percent of the cap */
  @IsInt()
  @IsIn(CAP_THRESHOLDS)
  threshold!: (typeof CAP_THRESHOLDS)[number];

  /** the cap */
  @IsInt()
  @Min(1)
  seats!: number;

  /** `alert` tells only; with `block` the directory activates nobody beyond the cap */
  @IsIn(['alert', 'block'])
  kind!: 'alert' | 'block';

  @IsInt()
  @Min(0)
  inUse!: number;

  /** the term in which it was told: 1, 2, 3 … per tenant */
  @IsInt()
  @Min(1)
  term!: number;

  /** number of the ledger line it was reached with */
  @IsInt()
  @Min(0)
  sequence!: number;

  /** when billing learned of it, UTC */
  @IsInstant()
  recordedAt!: string;
}

export const example: CapReached = {
  threshold: 80,
  seats: 250,
  kind: 'alert',
  inUse: 200,
  term: 1,
  sequence: 212,
  recordedAt: '2026-01-01T00:00:00.050Z',
};
