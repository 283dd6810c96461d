import { createHmac, timingSafeEqual } from 'node:crypto';
import { isId } from '#runtime/ids';
import { badRequest } from '#scim/error';
import { CURSOR_SECONDS } from '#scim/list';
import type { Position } from './page.ts';

/** The list that a cursor belongs to; a cursor of another one is no good here. */
export interface CursorScope {
  /** the tenant's own secret (tenants.cursor_key), so that a cursor of another tenant is a forged one */
  key: Buffer;
  /** resource type, filter, sort attribute and order */
  list: readonly string[];
}

/** Where a walk stands. */
export interface Place {
  position: Position;
  /** how many resources the list had when the walk began */
  total: number;
}

/**
 * A cursor (RFC 9865 §2): the place and the time, signed with HMAC-SHA-256. It says nothing that the page before it did not,
 * so it is signed and not encrypted; no state is kept for it, and any directory process reads it.
 */
export function makeCursor({ position, total }: Place, scope: CursorScope, now: Date): string {
  const payload = JSON.stringify([position.key, position.id, total, seconds(now)]);
  const bytes = Buffer.from(payload);
  return `${bytes.toString('base64url')}.${sign(bytes, scope).toString('base64url')}`;
}

/**
 * The place that a cursor stands for.
 *
 * @throws ScimError 400 invalidCursor when it was not made here for this list; expiredCursor when it is older than an hour
 */
export function readCursor(cursor: string, scope: CursorScope, now: Date): Place {
  const [payload = '', signature = '', ...more] = cursor.split('.');
  const bytes = Buffer.from(payload, 'base64url');
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(bytes, scope);
  const canonical = bytes.toString('base64url') === payload && given.toString('base64url') === signature;
  if (more.length > 0 || !canonical || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw badRequest('invalidCursor', FOREIGN);
  }
  const [key, id, total, made] = JSON.parse(bytes.toString()) as [string | null, unknown, number, number];
  if (!isId(id)) throw badRequest('invalidCursor', FOREIGN);
  if (seconds(now) - made > CURSOR_SECONDS) throw badRequest('expiredCursor', EXPIRED);
  return { position: { key, id }, total };
}

const FOREIGN =
  "This cursor was not given out for this list. Use nextCursor as it came, with the filter and sort of its list, or start again with an empty 'cursor'.";
const EXPIRED = `This cursor is older than ${CURSOR_SECONDS} seconds. Start again with an empty 'cursor'.`;

function sign(payload: Buffer, { key, list }: CursorScope): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(list)).update('\0').update(payload).digest();
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
