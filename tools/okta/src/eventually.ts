import { setTimeout as wait } from 'node:timers/promises';

export interface EventuallyOptions {
  everyMs?: number;
  deadlineMs?: number;
  sleep?: (ms: number) => Promise<unknown>;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

/**
 * Reads until `holds` is true and returns that value, or the last value read when the deadline passes:
 * the caller says what it expected. A rejected read is thrown only when it was the last one.
 * Defaults: every 50 ms, for 10 s.
 */
export async function eventually<T>(
  read: () => Promise<T>,
  holds: (value: T) => boolean,
  { everyMs = 50, deadlineMs = 10_000, sleep = wait, now = () => performance.now() }: EventuallyOptions = {},
): Promise<T> {
  const end = now() + deadlineMs;
  for (;;) {
    const last = now() >= end;
    try {
      const value = await read();
      if (last || holds(value)) return value;
    } catch (error) {
      if (last) throw error;
    }
    await sleep(everyMs);
  }
}
