import { describe, expect, it } from '@jest/globals';
import type { CausedEvent, HandledRequest } from '#directory-api/activity';
import { cloudEvent } from '#events/envelope';
import { example, SCIM_REQUEST_HANDLED } from '#events/scim-request-handled.v1';
import { activityEventLine, causedLines, toldOf } from './activity-line.ts';

const ID = '0192d5a4-7c1e-7000-8000-000000000001';

const told = (data: object) =>
  JSON.stringify(
    cloudEvent({
      source: 'rollcall/scim-gateway',
      type: SCIM_REQUEST_HANDLED,
      tenantId: ID,
      subject: 'requests/r-1',
      version: 1,
      time: new Date('2026-01-01T00:00:00.000Z'),
      cause: { commandId: ID, requestId: 'r-1', actor: 'connection:1' },
      data: { ...example, ...data },
    }),
  );

describe('a request as a line', () => {
  it('says when, how it ended, what was asked, what was left out, and its id', () => {
    expect(activityEventLine(told({}))).toBe(
      '2026-01-01T00:00:00.000Z 204 PATCH /scim/v2/Groups/0192d5a4-7c1e-7000-8000-000000000006 12ms okta skipped-members=2 request=r-1',
    );
  });

  it('says why it was refused, on one line', () => {
    const content = told({ status: 400, scimType: 'invalidValue', detail: "'userName'\nis required.", warnings: {} });
    expect(activityEventLine(content)).toContain(' invalidValue "\'userName\'\\nis required." request=r-1');
    expect(toldOf(content).status).toBe(400);
  });

  it('shows what is no event all the same', () => {
    expect(activityEventLine('{"a":\n')).toBe('not an event: {"a": ');
    expect(activityEventLine('null')).toBe('not an event: null');
    expect([toldOf('null'), toldOf('{')]).toEqual([{}, {}]);
  });
});

describe('what a request made happen', () => {
  const request = { method: 'PATCH', path: '/scim/v2/Users/:id', status: 200 } as HandledRequest;
  const event: CausedEvent = {
    id: ID,
    type: 'user.updated.v1',
    subject: 'users/1',
    version: 3,
    at: '2026-01-01T00:00:00.000Z',
    published: true,
    changes: [
      { path: 'title', before: 'Duke', after: 'Countess\u001b[2J' },
      { path: 'nickName', before: 'A' },
      { path: 'locale', after: 'en-GB' },
      { path: 'password', hidden: true },
    ],
  };

  it('is a line for each event, and one for each attribute it changed', () => {
    const waiting = { ...event, published: false, changes: null };
    expect(causedLines({ requests: [request], events: [event, waiting], eventCount: 5 })).toEqual([
      `  user.updated.v1 users/1 v3 published event=${ID}`,
      '    title: Duke → Countess\uFFFD[2J',
      '    nickName: A → nothing',
      '    locale: → en-GB',
      '    password: changed, not kept',
      `  user.updated.v1 users/1 v3 waiting event=${ID}`,
      '  and 3 more events',
    ]);
  });

  it('is nothing changed for a write that was done, and no events for the others', () => {
    const none = (more: object) => causedLines({ requests: [{ ...request, ...more }], events: [], eventCount: 0 });
    expect(none({})).toEqual(['  nothing changed']);
    for (const other of [{ method: 'GET' }, { status: 409 }, { method: 'POST', path: '/scim/v2/Users/.search' }])
      expect(none(other)).toEqual(['  no events']);
  });
});
