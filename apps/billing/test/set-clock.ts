import { Clock } from '#runtime/clock';

/** A clock that a spec sets. */
export class SetClock extends Clock {
  at = new Date(0);

  override now(): Date {
    return this.at;
  }
}
