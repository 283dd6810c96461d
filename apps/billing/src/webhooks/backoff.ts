const MINUTE_MS = 60_000;
const FIRST_MS = 5_000;
const MOST_MS = 60 * MINUTE_MS;

/** How long an endpoint may fail before it is disabled. */
export const PATIENCE_MS = 3 * 24 * 60 * MINUTE_MS;

/**
 * How long after its attempts so far an event is tried again: 5 s, then twice as long each time, an hour at most. A tenth of
 * it is random, so that endpoints of one receiver that failed together do not all come back at once.
 *
 * @param attempts that failed in a row, from 1
 */
export function waitAfter(attempts: number, random = Math.random()): number {
  const wait = Math.min(FIRST_MS * 2 ** Math.min(attempts - 1, 20), MOST_MS);
  return Math.round(wait * (0.9 + 0.1 * random));
}
