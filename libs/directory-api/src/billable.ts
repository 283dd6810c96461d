import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { BILLABLE_FROM, type BillableFrom } from '#events/plan-applied.v1';

export const BILLABLE = { list: 'billable.list', states: 'billable.states', stale: 'billable.stale' } as const;

class PageOfPeople {
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

/**
 * Answer: 200 {@link BillableUser}[]: at most `limit` users who are billable, by id, from after `after`: active, not deleted, and
 * signed in where that is asked for.
 */
export class ListBillable extends PageOfPeople {
  /** billing says it, because it knows of a plan first: the directory may still count caps by the plan before */
  @IsIn(BILLABLE_FROM)
  billableFrom!: BillableFrom;
}

export interface BillableUser {
  id: string;
  version: number;
  /** how many groups the user is in, directly */
  groups: number;
}

/** Answer: 200 {@link UserBillability} for each of these users that there is or was; the others are left out. */
export class FindBillability {
  @IsUUID()
  tenantId!: string;

  @IsArray()
  @ArrayMaxSize(1_000)
  @IsUUID(undefined, { each: true })
  ids!: string[];

  @IsIn(BILLABLE_FROM)
  billableFrom!: BillableFrom;
}

/** Whether a user is billable, and as of which version. */
export interface UserBillability extends BillableUser {
  userName: string;
  billable: boolean;
}

/**
 * Looks at the next `limit` active users that a connection manages, by id, from after `after`. Answer: 200 {@link StaleUsers}.
 */
export class FindStale extends PageOfPeople {
  /** without SCIM contact for so long */
  @IsInt()
  @Min(1)
  @Max(3_650)
  days!: number;
}

export interface StaleUsers {
  /** those of the users looked at whom the provider may have forgotten */
  users: {
    id: string;
    userName: string;
    connectionId: string;
    connectionName: string;
    /** the last SCIM request that named the user or changed it, to the hour; UTC */
    lastContactAt: string;
    /** not for the days asked for */
    isSilent: boolean;
    /** the connection, older than these days, never deactivated or deleted anybody */
    connectionNeverDeactivated: boolean;
  }[];
  /** what to ask for next with `after`; null when all were looked at */
  next: string | null;
}
