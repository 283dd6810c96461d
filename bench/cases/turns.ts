/** A thing that is in one of two states. */
interface Flip<T> {
  thing: T;
  on: boolean;
}

/**
 * Things that are switched on and off in turn, so that every write really changes something however long it goes on.
 * A thing whose request is on its way is not handed out again before it is answered.
 */
export class Turns<T> {
  private readonly waiting: Flip<T>[];

  /** @param isOn what state a thing is in at first */
  constructor(things: readonly T[], isOn: (thing: T, index: number) => boolean) {
    this.waiting = things.map((thing, index) => ({ thing, on: isOn(thing, index) }));
  }

  /** The thing that has rested longest, with the state it is to get, and what to call once it has it. */
  next(): { thing: T; on: boolean; done: () => void } {
    const flip = this.waiting.shift();
    if (!flip) throw new Error('more requests at once than there are things to change');
    const on = !flip.on;
    return { thing: flip.thing, on, done: () => this.waiting.push({ thing: flip.thing, on }) };
  }
}
