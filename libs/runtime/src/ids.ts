import { randomFillSync } from 'node:crypto';
import { NIL, v7, validate } from 'uuid';

const RANDOM_PER_ID = 16;

/** Random bytes for many ids at once: asking the system for each costs more than the rest of an id. */
const pool = new Uint8Array(RANDOM_PER_ID * 256);
let used = pool.length;

function random(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += RANDOM_PER_ID;
  return pool.subarray(used - RANDOM_PER_ID, used);
}

let lastMs = 0;
let sequence = 0;

/**
 * A new UUIDv7: sorts by the time it was made, so that indexes grow at their right edge. Those of one process sort in the
 * order in which they were made, also within a millisecond (RFC 9562 §6.2).
 */
export function newId(): string {
  const bytes = random();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = ((bytes[6] ?? 0) << 22) | ((bytes[7] ?? 0) << 14) | ((bytes[8] ?? 0) << 6);
  } else {
    sequence++;
  }
  return v7({ random: bytes, msecs: lastMs, seq: sequence });
}

/** Sorts before every id there is: where a walk by ids begins. */
export const BEFORE_ALL = NIL;

/** The least UUID that a UUIDv7 of this time can be. */
export function leastIdAt(time: Date): string {
  const hex = Math.max(time.getTime(), 0).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** When a UUIDv7 was made, by the clock of who made it; undefined for a UUID of another version. */
export function timeOfId(id: string): Date | undefined {
  return id[14] === '7' ? timeOfBound(id) : undefined;
}

/** The time that {@link leastIdAt} was asked for. */
export function timeOfBound(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** True for the text form of any UUID. Ids from outside are checked with it before they reach the database. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && validate(text);
}
