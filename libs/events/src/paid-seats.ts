import { IsInt, IsObject, IsOptional, Min } from 'class-validator';

/** One number a seat class. */
export type SeatsByClass = Record<'core' | 'light', number>;

/**
 * What the running term has come to, line by line as billing learned of them; the invoice knows what came later and forgives
 * what the plan's grace does. Absent for a tenant without a plan, and in events of before there were terms.
 */
export class PaidSeats {
  /** 1, 2, 3 … per tenant */
  @IsOptional()
  @IsInt()
  @Min(1)
  term?: number;

  /** seats paid for until the term ends, `{core, light}` */
  @IsOptional()
  @IsObject()
  purchased?: SeatsByClass;

  /** of these, seats not in use, `{core, light}` */
  @IsOptional()
  @IsObject()
  available?: SeatsByClass;

  /** the term's high-water mark, `{seats: {core, light}, at}` */
  @IsOptional()
  @IsObject()
  peak?: { seats: SeatsByClass; at: string };
}
