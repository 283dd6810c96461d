import { type CloudEvent, cloudEvent } from '#events/envelope';
import { SEAT_ADJUSTED } from '#events/seat-adjusted.v1';
import type { SeatChange } from '#events/seat-change';
import { SEAT_CLASS_CHANGED } from '#events/seat-class-changed.v1';
import { SEAT_OCCUPIED } from '#events/seat-occupied.v1';
import { SEAT_RELEASED } from '#events/seat-released.v1';
import type { SeatClass } from '../classes/seat-class.ts';
import type { LineCause } from './line-cause.ts';
import type { Counted } from './tally.ts';

/** What happened to one person's seat, and the tenant's seats after it. It is added to the ledger, and never changed. */
export interface LedgerLine extends Counted {
  tenantId: string;
  /** also the id of the seat event that tells of the line */
  id: string;
  userId: string;
  kind: 'occupied' | 'released' | 'class_changed' | 'adjusted';
  /** of the person's seat after the line; of a released one, the class it had */
  seatClass: SeatClass;
  /** of an adjusted line alone: what the seat is now */
  adjustedTo: 'occupied' | 'released' | null;
  /** sequence of the line that this one corrects */
  corrects: number | null;
  /** when it happened in the directory */
  effectiveAt: Date;
  /** when billing learned of it */
  recordedAt: Date;
  cause: LineCause;
}

const EVENT_OF: Readonly<Record<LedgerLine['kind'], string>> = {
  occupied: SEAT_OCCUPIED,
  released: SEAT_RELEASED,
  class_changed: SEAT_CLASS_CHANGED,
  adjusted: SEAT_ADJUSTED,
};

/** The event that tells of a line. */
export function seatEvent(line: LedgerLine, userName: string): CloudEvent<SeatChange> {
  const { sequence, userId, seatClass, inUse, light, paid, adjustedTo, corrects, cause } = line;
  return cloudEvent<SeatChange>({
    id: line.id,
    source: 'rollcall/billing',
    type: EVENT_OF[line.kind],
    tenantId: line.tenantId,
    subject: `seats/${userId}`,
    version: sequence,
    time: line.effectiveAt,
    cause,
    causationId: cause.eventId,
    data: {
      sequence,
      userId,
      userName,
      seatClass,
      inUse,
      inUseCore: inUse - light,
      inUseLight: light,
      recordedAt: line.recordedAt.toISOString(),
      reason: cause.eventType,
      ...paid,
      ...(adjustedTo && { occupied: adjustedTo === 'occupied', corrects }),
    },
  });
}
