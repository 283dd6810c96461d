import { describe, expect, it } from '@jest/globals';
import { type CursorScope, makeCursor, readCursor } from './cursor.ts';

const now = new Date('2026-01-31T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const scope: CursorScope = { key: Buffer.alloc(32, 1), list: ['User', 'active eq true', 'userName', 'ascending'] };
const place = { position: { key: 'ada@example.com', id: '01a20e95-4588-7269-ae2c-06675a9868f3' }, total: 7 };
const cursor = makeCursor(place, scope, now);

describe('a cursor (RFC 9865)', () => {
  it('is read as the place it was made of, for an hour', () => {
    expect(readCursor(cursor, scope, now)).toEqual(place);
    expect(readCursor(cursor, scope, later(3600))).toEqual(place);
    expect(() => readCursor(cursor, scope, later(3601))).toThrow(
      expect.objectContaining({ scimType: 'expiredCursor' }),
    );
  });

  it.each<[string, CursorScope]>([
    ['another tenant', { ...scope, key: Buffer.alloc(32, 2) }],
    ['another resource type', { ...scope, list: ['Group', 'active eq true', 'userName', 'ascending'] }],
    ['another filter', { ...scope, list: ['User', 'active eq false', 'userName', 'ascending'] }],
    ['another order', { ...scope, list: ['User', 'active eq true', 'userName', 'descending'] }],
  ])('of %s is refused', (_, other) => {
    expect(() => readCursor(cursor, other, now)).toThrow(expect.objectContaining({ scimType: 'invalidCursor' }));
  });

  it('that anybody changed is refused, wherever it was changed', () => {
    for (let at = 0; at < cursor.length; at += 1) {
      const forged = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      expect(() => readCursor(forged, scope, now)).toThrow(expect.objectContaining({ scimType: 'invalidCursor' }));
    }
  });

  it.each(['x', '.', '..', `${cursor}.`, `${cursor}=`, ` ${cursor}`, cursor.split('.')[0] ?? ''])(
    'like %j is refused',
    (text) => {
      expect(() => readCursor(text, scope, now)).toThrow(expect.objectContaining({ scimType: 'invalidCursor' }));
    },
  );
});
