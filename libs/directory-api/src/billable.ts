import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

export const BILLABLE = { list: 'billable.list', states: 'billable.states' } as const;

/** Answer: 200 `[{id, version}]`: at most `limit` users who are active and not deleted, by id, from after `after`. */
export class ListBillable {
  @IsUUID()
  tenantId!: string;

  @IsOptional()
  @IsUUID()
  after?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

export interface BillableUser {
  id: string;
  version: number;
}

/** Answer: 200 {@link UserBillability} for each of these users that there is or was; the others are left out. */
export class FindBillability {
  @IsUUID()
  tenantId!: string;

  @IsArray()
  @ArrayMaxSize(1_000)
  @IsUUID(undefined, { each: true })
  ids!: string[];
}

/** Whether a user is billable, and as of which version. */
export interface UserBillability extends BillableUser {
  userName: string;
  billable: boolean;
}
