import { IsIn, IsInt, IsObject, IsString, Min } from 'class-validator';

export const PLAN_APPLIED = 'plan.applied.v1';

/** How many seats a tenant may have, and what happens as it comes near. */
export type SeatCap = { kind: 'none' } | { kind: 'alert' | 'block'; seats: number };

/** From when an active person takes a seat. */
export const BILLABLE_FROM = ['provisioned', 'first_sign_in'] as const;
export type BillableFrom = (typeof BILLABLE_FROM)[number];

/**
 * A version of a tenant's plan holds from now on, because it was set for the open term or a term with it began. It tells
 * what others go by: the directory activates nobody beyond a `block` cap, and counts who is billable by `billableFrom`.
 */
export class PlanApplied {
  /** of the plan; the event told last overrules, whatever its version: they begin again when billing is rebuilt */
  @IsInt()
  @Min(1)
  planVersion!: number;

  /** the term it holds in: 1, 2, 3 … per tenant */
  @IsInt()
  @Min(1)
  term!: number;

  /** `{kind: "none"}`, or `{kind: "alert" | "block", seats}` */
  @IsObject()
  cap!: SeatCap;

  /** from when an active person takes a seat */
  @IsIn(BILLABLE_FROM)
  billableFrom!: BillableFrom;

  /** the synced group whose members are light */
  @IsString()
  lightGroup!: string;
}

export const example: PlanApplied = {
  planVersion: 2,
  term: 1,
  cap: { kind: 'block', seats: 250 },
  billableFrom: 'provisioned',
  lightGroup: 'GURU:Light User Group',
};
