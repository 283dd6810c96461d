import { exampleSeat, SeatChange } from './seat-change.ts';

export const SEAT_RELEASED = 'seat.released.v1';

/** A person no longer takes a seat. */
export class SeatReleased extends SeatChange {}

export const example: SeatReleased = {
  ...exampleSeat,
  sequence: 2,
  inUse: 0,
  inUseCore: 0,
  reason: 'user.deactivated.v1',
};
