import { IsBoolean, IsIn, IsOptional, IsUUID } from 'class-validator';

export const SNAPSHOTS = { tell: 'snapshots.tell' } as const;

/**
 * Tells the next users or groups of a tenant as they are (`user.snapshot.v1`, `group.snapshot.v1`), for a consumer that begins anew;
 * nothing where all events of the tenant are kept, unless `always`. Answer: 200 {@link SnapshotsTold}.
 */
export class TellSnapshots {
  @IsUUID()
  tenantId!: string;

  @IsIn(['users', 'groups'])
  kind!: 'users' | 'groups';

  /** those after this id */
  @IsOptional()
  @IsUUID()
  after?: string;

  /** also where all events are kept: for a consumer that has missed some */
  @IsOptional()
  @IsBoolean()
  always?: boolean;
}

export interface SnapshotsTold {
  /** how many users or groups were told now */
  told: number;
  /** every event of the tenant is kept, so that no snapshot is needed */
  complete: boolean;
  /** what to ask for next with `after`; null when all were told */
  next: string | null;
}
