import { exampleSeat, SeatChange } from './seat-change.ts';

export const SEAT_ADJUSTED = 'seat.adjusted.v1';

/** A seat was set right, because billing and directory did not agree: `occupied` says what it is now. */
export class SeatAdjusted extends SeatChange {}

export const example: SeatAdjusted = {
  ...exampleSeat,
  sequence: 3,
  inUse: 0,
  inUseCore: 0,
  reason: 'reconcile',
  occupied: false,
  corrects: 1,
};
