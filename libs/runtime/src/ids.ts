import { randomFillSync } from 'node:crypto';
import { v7, validate } from 'uuid';

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

/** A new UUIDv7: sorts by the time it was made, so that indexes grow at their right edge. */
export function newId(): string {
  return v7({ rng: random });
}

/** True for the text form of any UUID. Ids from outside are checked with it before they reach the database. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && validate(text);
}
