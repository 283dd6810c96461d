/** The time, injected so that tests can set it. Everything that stores or compares a time asks this. */
export class Clock {
  now(): Date {
    return new Date();
  }
}
