import { IsInt, Matches, Min } from 'class-validator';
import { IsInstant } from '#runtime/instant';
import { PaidSeats } from './paid-seats.ts';

export const SEATS_SNAPSHOT = 'seats.snapshot.v1';

/**
 * A tenant's seats as they are, told once on each UTC day on which billing runs, so that whoever missed events has the
 * absolute state all the same. A day without billing is not made up for: a snapshot tells what is.
 */
export class SeatsSnapshot extends PaidSeats {
  /** `YYYY-MM-DD`, UTC */
  @Matches(/^\d{4}-\d\d-\d\d$/)
  day!: string;

  /** number of the last ledger line in it; the next seat event has the next number */
  @IsInt()
  @Min(0)
  sequence!: number;

  /** UTC */
  @IsInstant()
  asOf!: string;

  @IsInt()
  @Min(0)
  inUse!: number;

  @IsInt()
  @Min(0)
  inUseCore!: number;

  @IsInt()
  @Min(0)
  inUseLight!: number;
}

export const example: SeatsSnapshot = {
  day: '2026-01-02',
  sequence: 1,
  asOf: '2026-01-02T00:00:30.000Z',
  inUse: 1,
  inUseCore: 1,
  inUseLight: 0,
  term: 1,
  purchased: { core: 1, light: 0 },
  available: { core: 0, light: 0 },
  peak: { seats: { core: 1, light: 0 }, at: '2026-01-01T00:00:00.000Z' },
};
