import { IsIn, IsInt, IsISO8601, IsString, IsUUID, Min } from 'class-validator';

/**
 * A seat event: what happened to one person's seat, and the absolute count after it.
 * `sequence` is contiguous per tenant, so that a consumer sees a gap, and the count lets it heal from one.
 */
export class SeatChange {
  /** 1, 2, 3 … per tenant: the ledger line's number */
  @IsInt()
  @Min(1)
  sequence!: number;

  @IsUUID()
  userId!: string;

  @IsString()
  userName!: string;

  /** seats in use by the tenant after this change */
  @IsInt()
  @Min(0)
  inUse!: number;

  /** when billing learned of it, UTC; the event's own time is when it happened */
  @IsISO8601({ strict: true })
  recordedAt!: string;

  /** the directory's event that is the reason */
  @IsIn([
    'user.created.v1',
    'user.activated.v1',
    'user.deactivated.v1',
    'user.deleted.v1',
    'user.linked.v1',
    'user.updated.v1',
  ])
  reason!: string;
}

export const exampleSeat: SeatChange = {
  sequence: 1,
  userId: '0192d5a4-7c1e-7000-8000-000000000001',
  userName: 'ada@example.com',
  inUse: 1,
  recordedAt: '2026-01-01T00:00:00.050Z',
  reason: 'user.created.v1',
};
