import { describe, expect, it } from '@jest/globals';
import { catalog } from '#events/catalog';
import { cloudEvent } from '#events/envelope';
import { eventLine, jsonLine, tenantOf } from './event-line.ts';

const TENANT = '0192d5a4-7c1e-7000-8000-00000000000a';
const USER = '0192d5a4-7c1e-7000-8000-000000000001';

function event(type: string, data: object, subject = `users/${USER}`): string {
  const cause = { commandId: USER, requestId: 'r', actor: 'operator' };
  const time = new Date('2026-01-01T00:00:00.000Z');
  return JSON.stringify(
    cloudEvent({ source: 'rollcall/directory', type, tenantId: TENANT, subject, version: 3, time, cause, data }),
  );
}

describe('an event as a line', () => {
  it('says time, type, subject, version and what the data adds', () => {
    const data = { userId: USER, userName: 'ada@example.com', active: true, managedBy: null, changed: ['name'] };
    expect(eventLine(event('user.updated.v1', data), { withTenant: false })).toBe(
      `2026-01-01T00:00:00.000Z user.updated.v1 users/${USER} v3 userName=ada@example.com active=true changed=[1]`,
    );
  });

  it('names the tenant where several are mixed', () => {
    expect(eventLine(event('tenant.created.v1', { name: 'Two Words' }), { withTenant: true })).toMatch(
      / v3 tenant=0192d5a4-7c1e-7000-8000-00000000000a name="Two Words"$/,
    );
  });

  it.each(Object.entries(catalog))('holds %s', (type, { example }) => {
    const line = eventLine(event(type, example), { withTenant: true });
    expect(line).toContain(` ${type} `);
    expect(line).not.toMatch(/\n|undefined|\[object/);
    expect(line.length).toBeLessThan(320);
  });

  it('cuts long data and shows what is no event, on one line', () => {
    expect(eventLine(event('user.updated.v9', { text: 'x'.repeat(500) }), { withTenant: false })).toMatch(/x…$/);
    expect(eventLine('{"a":\n1}', { withTenant: true })).toBe('not an event: {"a": 1}');
    expect(eventLine('null', { withTenant: true })).toBe('not an event: null');
    expect(tenantOf('nonsense')).toBeUndefined();
  });

  it('is JSON on one line, whatever was published', () => {
    expect(jsonLine('{"a":\n1}')).toBe('{"a":1}');
    expect(jsonLine('no\njson')).toBe('"no\\njson"');
  });
});
