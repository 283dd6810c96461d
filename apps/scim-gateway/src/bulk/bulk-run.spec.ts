import { describe, expect, it } from '@jest/globals';
import { GROUPS, USERS } from '#directory-api/scim-command';
import { Answer } from '#rabbit/answer';
import type { BulkOperation } from '#scim/bulk';
import { ScimError } from '#scim/error';
import { groupType } from '#scim/group';
import type { Json } from '#scim/json';
import { userType } from '#scim/user';
import { foreignErrorBody } from '../http/error-body.ts';
import type { Write } from '../resources/write-command.ts';
import { runBulk } from './bulk-run.ts';

const BASE = 'https://example.com/scim/v2';
const doors = [
  { type: userType, patterns: USERS },
  { type: groupType, patterns: GROUPS },
];
const user = (bulkId: string): BulkOperation => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: bulkId },
});
const group = (bulkId: string, ...members: string[]): BulkOperation => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: bulkId, members: members.map((id) => ({ value: `bulkId:${id}` })) },
});

type Reply = (write: Write) => Answer | Promise<Answer> | undefined;

/** A directory that makes 1, 2, … of whatever it is sent, unless the reply says otherwise. */
async function run(
  operations: BulkOperation[],
  { reply, failOnErrors, msLeft }: { reply?: Reply; failOnErrors?: number; msLeft?: () => number } = {},
) {
  const sent: [method: string, id: string | undefined, body: Json | undefined][] = [];
  let made = 0;
  const results = await runBulk(
    { operations, ...(failOnErrors && { failOnErrors }) },
    {
      doors,
      baseUrl: BASE,
      errorIn: ({ status, content }) => JSON.parse(foreignErrorBody(status, content.toString(), '')),
      ask: async (door, write) => {
        sent.push([write.method, write.id, write.body]);
        const given = await reply?.(write);
        if (given) return given;
        if (write.method !== 'POST') return new Answer(204, '', { etag: 'W/"2"' });
        made += 1;
        return new Answer(201, '{}', { location: `${BASE}${door.type.endpoint}/${made}`, etag: 'W/"1"' });
      },
      msLeft: msLeft ?? (() => 1_000),
      errorOf: (failure) => {
        if (failure instanceof ScimError) return failure;
        throw failure;
      },
    },
  );
  return { sent, results, statuses: results.map(({ status }) => status) };
}

const refuse = (status: number) => Answer.json(status, new ScimError(status, 'because').toBody());
const named = (name: string) => (write: Write) => (JSON.stringify(write.body) ?? '').includes(`"${name}"`);

describe('runBulk', () => {
  it('makes what is referred to first and answers in the order of the request', async () => {
    const { sent, results } = await run([group('g', 'a'), user('a')]);
    expect(sent.map(([, , body]) => body)).toEqual([
      { userName: 'a' },
      { displayName: 'g', members: [{ value: '1' }] },
    ]);
    expect(results.map(({ location }) => location)).toEqual([`${BASE}/Groups/2`, `${BASE}/Users/1`]);
    expect(results[0]).toMatchObject({ status: 201, version: 'W/"1"' });
  });

  it('leads a path to what was made, and tells its location', async () => {
    const patch: BulkOperation = {
      method: 'PATCH',
      path: '/Users/bulkId:a',
      data: { x: 'bulkId:a' },
      version: 'W/"1"',
    };
    const { sent, results } = await run([patch, user('a')]);
    expect(sent[1]).toEqual(['PATCH', '1', { x: '1' }]);
    expect(results[0]).toMatchObject({ status: 204, location: `${BASE}/Users/1`, version: 'W/"2"' });
  });

  it('cuts a circle and completes it by a PATCH of members', async () => {
    const { sent, results } = await run([group('g', 'h'), group('h', 'g')]);
    expect(sent).toMatchObject([
      ['POST', undefined, { members: [] }],
      ['POST', undefined, { members: [{ value: '1' }] }],
      ['PATCH', '1', { Operations: [{ op: 'add', path: 'members', value: [{ value: '2' }] }] }],
    ]);
    expect(results).toMatchObject([{ status: 201, version: 'W/"2"' }, { status: 201 }]);
  });

  it('a circle that the directory does not close is 409, with where the resource is', async () => {
    const { results } = await run([group('g', 'h'), group('h', 'g')], {
      reply: ({ method }) => (method === 'PATCH' ? refuse(400) : undefined),
    });
    expect(results).toMatchObject([
      { status: 409, location: `${BASE}/Groups/1`, response: { detail: expect.stringMatching(/made.*because/) } },
      { status: 201 },
    ]);
  });

  it('a circle through what cannot wait is 409, and nothing of it is made', async () => {
    const titled = (bulkId: string, other: string): BulkOperation => ({
      ...user(bulkId),
      data: { title: `bulkId:${other}` },
    });
    const { sent, statuses } = await run([titled('a', 'b'), titled('b', 'a')]);
    expect([sent, statuses]).toEqual([[], [409, 409]]);
  });

  it('goes on after failures; what refers to a failed operation fails with it, 409', async () => {
    const { statuses, results } = await run([user('a'), group('g', 'a'), user('b')], {
      reply: (write) => (named('a')(write) ? refuse(400) : undefined),
    });
    expect(statuses).toEqual([400, 409, 201]);
    expect(results[0]).not.toHaveProperty('location');
  });

  it('a reference to nobody is 400, a path to nothing 404, no data 400', async () => {
    const put: BulkOperation = { method: 'PUT', path: '/Users/1' };
    const { results } = await run([group('g', 'x'), { ...put, path: '/Things/1' }, put]);
    expect(results).toMatchObject([
      { status: 400, response: { scimType: 'invalidValue' } },
      { status: 404 },
      { status: 400, location: `${BASE}/Users/1`, response: { scimType: 'invalidSyntax' } },
    ]);
  });

  it('stops at failOnErrors: what did not run is not in the answer', async () => {
    const { statuses, sent } = await run([user('a'), user('b'), user('c'), user('d')], {
      failOnErrors: 2,
      reply: (write) => (named('a')(write) || named('c')(write) ? refuse(409) : undefined),
    });
    expect(statuses).toEqual([409, 201, 409]);
    expect(sent).toHaveLength(3);
  });

  it('operations that no longer fit the time are 503 and do not run', async () => {
    const times = [1_000, 1_000, 0];
    const { statuses, sent } = await run([user('a'), user('b'), user('c')], { msLeft: () => times.shift() ?? 0 });
    expect(statuses).toEqual([201, 201, 503]);
    expect(sent).toHaveLength(2);
  });

  it('one that is not answered in time is 503', async () => {
    const { statuses } = await run([user('a')], { msLeft: () => 5, reply: () => new Promise<Answer>(() => {}) });
    expect(statuses).toEqual([503]);
  });

  it('a failure outside the directory is told as a SCIM error', async () => {
    const { results } = await run([user('a')], { reply: () => new Answer(500, 'oops') });
    expect(results[0]).toMatchObject({ status: 500, response: { status: '500', detail: expect.any(String) } });
  });
});
