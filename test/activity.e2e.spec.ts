import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { ACTIVITY, type HandledRequest, type ShownActivity } from '#directory-api/activity';
import { USER_URN } from '#scim/user';
import { people } from '../tools/okta/src/people.ts';
import { eventually } from './harness/eventually.ts';
import { oktaFor } from './harness/okta.ts';
import { type System, startSystem, type Team } from './harness/system.ts';

const EXCHANGE = 'scim.requests';
const QUEUE = 'directory.scim-requests';
const PASSWORD = 'correct-horse-battery-staple';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const NOBODY = '0192d5a4-7c1e-7000-8000-00000000dead';

let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const list = (tenantId: string) => system.ask.directory<HandledRequest[]>(ACTIVITY.list, { tenantId, limit: 1_000 });

/** A request of the team's identity provider. @returns its status and request id */
async function send(team: Team, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${team.scimBaseUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${team.token}`,
      'user-agent': 'Okta SCIM Client 1.0.0',
      ...(body && { 'content-type': 'application/scim+json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, requestId: response.headers.get('x-request-id') ?? '', text };
}

/** All that the database holds of a tenant's activity, as text. */
async function everythingKept(tenantId: string): Promise<string> {
  const rows: { row: string }[] = await system.databases.directory.query(
    'SELECT activity::text AS row FROM activity WHERE tenant_id = $1',
    [tenantId],
  );
  return rows.map(({ row }) => row).join('\n');
}

describe('the activity log', () => {
  it("has exactly one record for each of Okta's requests, and no secret or profile value", async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    const [who = okta.app as never] = people(1, 'activity');
    await okta.app.assign(who);
    await okta.app.deactivate(who);
    okta.close();
    const lovelace = {
      schemas: [USER_URN],
      userName: 'ada.lovelace@example.com',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      password: PASSWORD,
      active: true,
    };
    const sent = [
      await send(team, 'POST', '/Users', lovelace),
      await send(team, 'POST', '/Users', lovelace),
      await send(team, 'GET', `/Users?filter=${encodeURIComponent('userName eq "ada.lovelace@example.com"')}`),
      await send(team, 'GET', `/Users?filter=${encodeURIComponent('Lovelace@x eq ada.lovelace@example.com')}`),
      await send(team, 'GET', '/Users/ada.lovelace@example.com'),
      await send(team, 'POST', '/Users', { ...lovelace, active: 'Lovelace' }),
    ];
    expect(sent.map(({ status }) => status)).toEqual([201, 409, 200, 400, 404, 400]);

    const total = okta.exchanges.length + sent.length;
    const records = await eventually(async () => {
      const found = await list(team.tenantId);
      expect(found.length).toBeGreaterThanOrEqual(total);
      return found;
    });
    expect(records).toHaveLength(total);
    expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(total);
    for (const { status, requestId } of sent) {
      expect(records.find((record) => record.requestId === requestId)).toMatchObject({
        status,
        client: 'okta',
        dialect: 'okta',
        connectionId: team.connectionId,
        resourceType: 'User',
      });
    }

    const kept = await everythingKept(team.tenantId);
    expect(kept).toContain('/scim/v2/Users/:id');
    for (const secret of [team.token, PASSWORD, 'Lovelace', 'lovelace', who.login, who.familyName])
      expect(kept).not.toContain(secret);
  });

  it('has refused credentials with what was wrong, and nothing of those that name no connection', async () => {
    const team = await system.createTeam();
    await send(team, 'GET', '/Users', undefined, { authorization: 'Bearer nothing' });
    const wrong = `${team.token.slice(0, -1)}${team.token.endsWith('x') ? 'y' : 'x'}`;
    const refused = await send(team, 'GET', '/Users', undefined, { authorization: `Bearer ${wrong}` });
    const { requestId } = await send(team, 'GET', '/Users');
    const records = await eventually(async () => {
      const found = await list(team.tenantId);
      expect(found.length).toBeGreaterThanOrEqual(2);
      return found;
    });
    expect(records.map((each) => each.requestId)).toEqual([requestId, refused.requestId]);
    expect(records[1]).toMatchObject({ status: 401, detail: expect.stringContaining('never one of this connection') });
    expect(refused.text).not.toContain('never one of this connection');
    expect(await everythingKept(team.tenantId)).not.toContain(wrong);
  });

  it('shows what a request made happen, and the members it skipped', async () => {
    const team = await system.createTeam();
    const { id } = await team.localUser('bo@example.com');
    const group = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Sales' };
    const made = await send(team, 'POST', '/Groups', group);
    const members = [id, NOBODY].map((value) => ({ value }));
    const patched = await send(team, 'PATCH', `/Groups/${(JSON.parse(made.text) as { id: string }).id}`, {
      schemas: [PATCH_OP],
      Operations: [{ op: 'add', path: 'members', value: members }],
    });
    expect(patched.status).toBeLessThan(300);
    const shown = await eventually(() =>
      system.ask.directory<ShownActivity>(ACTIVITY.show, { tenantId: team.tenantId, requestId: patched.requestId }),
    );
    expect(shown.requests).toMatchObject([{ method: 'PATCH', warnings: { 'skipped-members': 1 } }]);
    expect(shown.events).toMatchObject([
      { type: 'group.members_changed.v1', version: 2, changes: [{ path: 'members', after: '1 added' }] },
    ]);
    const again = await send(team, 'PATCH', `/Groups/${(JSON.parse(made.text) as { id: string }).id}`, {
      schemas: [PATCH_OP],
      Operations: [{ op: 'add', path: 'members', value: members }],
    });
    const unchanged = await eventually(() =>
      system.ask.directory<ShownActivity>(ACTIVITY.show, { tenantId: team.tenantId, requestId: again.requestId }),
    );
    expect(unchanged).toMatchObject({ requests: [{ status: again.status }], events: [] });
  });

  it('fails and slows no request while its exchange is gone, and goes on when it is back', async () => {
    const team = await system.createTeam();
    const broker = await connect(system.amqpUrl);
    const channel = await broker.createChannel();
    await channel.deleteExchange(EXCHANGE);

    const during: string[] = [];
    for (let count = 0; count < 30; count++) {
      const { status, requestId } = await send(team, 'GET', '/Users?count=1');
      expect(status).toBe(200);
      during.push(requestId);
    }
    expect(await list(team.tenantId)).toEqual([]);

    await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
    await channel.bindExchange(QUEUE, EXCHANGE, '#');
    await broker.close();
    await eventually(async () => {
      const found = (await list(team.tenantId)).map(({ requestId }) => requestId);
      expect(found.sort()).toEqual([...during].sort());
    }, 30_000);
  });
});
