import { v7, validate } from 'uuid';

/** A new UUIDv7: sorts by the time it was made, so that indexes grow at their right edge. */
export function newId(): string {
  return v7();
}

/** True for the text form of any UUID. Ids from outside are checked with it before they reach the database. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && validate(text);
}
