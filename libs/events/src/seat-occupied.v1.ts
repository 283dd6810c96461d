import { exampleSeat, SeatChange } from './seat-change.ts';

export const SEAT_OCCUPIED = 'seat.occupied.v1';

/** A person takes a seat. */
export class SeatOccupied extends SeatChange {}

export const example: SeatOccupied = { ...exampleSeat };
