import { describe, expect, it } from '@jest/globals';
import { cloudEvent } from '#events/envelope';
import { example, SCIM_REQUEST_HANDLED } from '#events/scim-request-handled.v1';
import { activityEventLine, statusOf } from './activity-line.ts';

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
    expect(statusOf(content)).toBe(400);
  });

  it('shows what is no event all the same', () => {
    expect(activityEventLine('{"a":\n')).toBe('not an event: {"a": ');
    expect(activityEventLine('null')).toBe('not an event: null');
    expect(statusOf('null')).toBeUndefined();
  });
});
