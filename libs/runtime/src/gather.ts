/**
 * Gathers what comes in one turn of the event loop and hands it over together: under load what is done once for many is
 * done less often, and when idle nothing waits.
 */
export class Gather<T> {
  private items: T[] = [];

  constructor(private readonly take: (items: T[]) => void) {}

  add(item: T): void {
    this.items.push(item);
    if (this.items.length === 1) setImmediate(() => this.take(this.items.splice(0)));
  }
}
