/** A fact that can never be applied as it is. Whoever applies events throws it; the event is parked. */
export class Rejection extends Error {
  constructor(
    readonly eventId: string,
    reason: string,
  ) {
    super(reason);
    this.name = 'Rejection';
  }
}
