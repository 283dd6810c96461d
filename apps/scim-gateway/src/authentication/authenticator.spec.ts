import { describe, expect, it } from '@jest/globals';
import type { ConnectionIdentity } from '#directory-api/connections';
import { issueToken } from '#directory-api/token';
import { CONNECTION_CHANGED } from '#events/connection-changed.v1';
import { cloudEvent } from '#events/envelope';
import { Answer, Unavailable } from '#rabbit/answer';
import { newId } from '#runtime/ids';
import { Authenticator } from './authenticator.ts';

const TTL_MS = 60_000;
const identity: ConnectionIdentity = {
  tenantId: newId(),
  connectionId: newId(),
  scope: 'users_and_groups',
  dialect: 'auto',
};
const header = `Bearer ${issueToken(identity.tenantId).token}`;

/** An authenticator, the questions it puts, and what the test answers to them. */
function setUp() {
  const questions: { answer: (answer: Answer) => void; fail: (error: Error) => void }[] = [];
  const clock = { at: 0, now: () => new Date(clock.at) };
  const ask = () => new Promise<Answer>((answer, fail) => questions.push({ answer, fail }));
  const authenticator = new Authenticator({ ask }, clock, TTL_MS);
  return { authenticator, questions, clock };
}

async function setUpKnown() {
  const known = setUp();
  const first = known.authenticator.identify(header);
  known.questions[0]?.answer(Answer.json(200, identity));
  await first;
  return known;
}

const changed = (connectionId: string) =>
  Buffer.from(
    JSON.stringify(
      cloudEvent({
        source: 'rollcall/directory',
        type: CONNECTION_CHANGED,
        tenantId: identity.tenantId,
        subject: `connections/${connectionId}`,
        version: 2,
        time: new Date(),
        cause: { commandId: newId(), requestId: 'r', actor: 'operator' },
        data: { connectionId, enabled: false, scope: 'users' },
      }),
    ),
  );

describe('Authenticator', () => {
  it('answers at once, and with no promise, what it knows', async () => {
    const { authenticator, questions } = await setUpKnown();
    expect(authenticator.identify(header)).toEqual(identity);
    expect(questions).toHaveLength(1);
  });

  it('asks again after the time to live', async () => {
    const { authenticator, questions, clock } = await setUpKnown();
    clock.at = TTL_MS;
    void authenticator.identify(header);
    expect(questions).toHaveLength(2);
  });

  it('knows credentials with a username apart from those without', async () => {
    const { authenticator, questions } = await setUpKnown();
    void authenticator.identify(header.replace('Bearer ', 'Bearer somebody:'));
    expect(questions).toHaveLength(2);
  });

  it('puts one question for many who ask the same', async () => {
    const { authenticator, questions } = setUp();
    const all = Promise.all([authenticator.identify(header), authenticator.identify(header)]);
    expect(questions).toHaveLength(1);
    questions[0]?.answer(Answer.json(200, identity));
    expect(await all).toEqual([identity, identity]);
  });

  it.each([400, 401, 404])('makes 401 of a %d and does not remember it', async (status) => {
    const { authenticator, questions } = setUp();
    const refused = authenticator.identify(header);
    questions[0]?.answer(Answer.json(status, {}));
    await expect(refused).rejects.toMatchObject({ status: 401, detail: expect.stringContaining('pasted whole') });
    void authenticator.identify(header);
    expect(questions).toHaveLength(2);
  });

  it('is Unavailable when the directory fails', async () => {
    const { authenticator, questions } = setUp();
    const refused = authenticator.identify(header);
    questions[0]?.answer(Answer.json(500, {}));
    await expect(refused).rejects.toThrow(Unavailable);
  });

  it('asks anew after a question that failed', async () => {
    const { authenticator, questions } = setUp();
    const refused = authenticator.identify(header);
    questions[0]?.fail(new Unavailable('no answer'));
    await expect(refused).rejects.toThrow(Unavailable);
    void authenticator.identify(header);
    expect(questions).toHaveLength(2);
  });

  it('refuses what is no credential without asking', () => {
    const { authenticator, questions } = setUp();
    expect(() => authenticator.identify('Bearer nothing')).toThrow(expect.objectContaining({ status: 401 }));
    expect(questions).toHaveLength(0);
  });

  it('forgets a connection that changed, and no other', async () => {
    const { authenticator } = await setUpKnown();
    authenticator.heard(changed(newId()));
    expect(authenticator.identify(header)).toEqual(identity);
    authenticator.heard(changed(identity.connectionId));
    expect(authenticator.identify(header)).toBeInstanceOf(Promise);
  });

  it('forgets everything on an event it cannot read', async () => {
    const { authenticator } = await setUpKnown();
    authenticator.heard(Buffer.from('?'));
    expect(authenticator.identify(header)).toBeInstanceOf(Promise);
  });

  it('does not remember an answer that was on its way when the connection changed', async () => {
    const { authenticator, questions } = setUp();
    const before = authenticator.identify(header);
    authenticator.heard(changed(identity.connectionId));
    questions[0]?.answer(Answer.json(200, identity));
    await before;
    void authenticator.identify(header);
    expect(questions).toHaveLength(2);
  });
});
