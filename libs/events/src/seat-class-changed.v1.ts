import { exampleSeat, SeatChange } from './seat-change.ts';

export const SEAT_CLASS_CHANGED = 'seat.class_changed.v1';

/** A taken seat has another class now; as many are in use as before. */
export class SeatClassChanged extends SeatChange {}

export const example: SeatClassChanged = {
  ...exampleSeat,
  sequence: 2,
  seatClass: 'light',
  inUseCore: 0,
  inUseLight: 1,
  reason: 'group.members_changed.v1',
};
