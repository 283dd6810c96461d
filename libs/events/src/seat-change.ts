import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Min } from 'class-validator';
import { IsInstant } from '#runtime/instant';
import { PaidSeats } from './paid-seats.ts';

/**
 * A seat event: what happened to one person's seat, and the absolute count after it.
 * `sequence` is contiguous per tenant, so that a consumer sees a gap, and the count lets it heal from one.
 */
export class SeatChange extends PaidSeats {
  /** 1, 2, 3 … per tenant: the ledger line's number */
  @IsInt()
  @Min(1)
  sequence!: number;

  @IsUUID()
  userId!: string;

  @IsString()
  userName!: string;

  /** of the person's seat after this change; of a released seat, the class it had. Absent in events of before classes: core */
  @IsOptional()
  @IsIn(['core', 'light'])
  seatClass?: 'core' | 'light';

  /** seats in use by the tenant after this change */
  @IsInt()
  @Min(0)
  inUse!: number;

  /** how many of them are core; absent in events of before classes: all */
  @IsOptional()
  @IsInt()
  @Min(0)
  inUseCore?: number;

  /** how many of them are light; absent in events of before classes: none */
  @IsOptional()
  @IsInt()
  @Min(0)
  inUseLight?: number;

  /** when billing learned of it, UTC; the event's own time is when it happened */
  @IsInstant()
  recordedAt!: string;

  /** the directory's event that is the reason, or a plan that holds now, or the operator's command: `light_group.set` (of before plans named the group), `reconcile` */
  @IsIn([
    'user.created.v1',
    'user.activated.v1',
    'user.deactivated.v1',
    'user.deleted.v1',
    'user.linked.v1',
    'user.signed_in.v1',
    'user.snapshot.v1',
    'user.updated.v1',
    'group.created.v1',
    'group.deleted.v1',
    'group.linked.v1',
    'group.members_changed.v1',
    'group.snapshot.v1',
    'group.unlinked.v1',
    'group.updated.v1',
    'light_group.set',
    'plan.applied.v1',
    'reconcile',
  ])
  reason!: string;

  /** of an adjustment alone: whether the seat is taken now */
  @IsOptional()
  @IsBoolean()
  occupied?: boolean;

  /** of an adjustment alone: the sequence of the line that it corrects; null where the person had none */
  @IsOptional()
  @IsInt()
  @Min(1)
  corrects?: number | null;
}

export const exampleSeat: SeatChange = {
  sequence: 1,
  userId: '0192d5a4-7c1e-7000-8000-000000000001',
  userName: 'ada@example.com',
  seatClass: 'core',
  inUse: 1,
  inUseCore: 1,
  inUseLight: 0,
  recordedAt: '2026-01-01T00:00:00.050Z',
  reason: 'user.created.v1',
  term: 1,
  purchased: { core: 1, light: 0 },
  available: { core: 0, light: 0 },
  peak: { seats: { core: 1, light: 0 }, at: '2026-01-01T00:00:00.000Z' },
};
