import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueToken, readToken, type TokenClaim } from '#directory-api/token';
import { newId } from '#runtime/ids';
import { createDirectory, createTeam, type Directory } from '../../test/directory.ts';

const CAUSE = { commandId: newId(), requestId: 'spec', actor: 'operator' };

let directory: Directory;
beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

const claim = (token = '') => readToken(token) as TokenClaim;
const signIn = (token: string | undefined, username?: string) =>
  directory.connections.authenticate({ ...claim(token), ...(username && { username }) });

describe('turning SCIM on', () => {
  it('is refused with the reason while SSO is not set up', async () => {
    const { tenantId } = await directory.tenants.create({ name: 'No SSO' }, CAUSE);
    await expect(directory.connections.enable({ tenantId }, CAUSE)).rejects.toMatchObject({
      status: 409,
      detail: expect.stringContaining('SSO'),
    });
  });

  it('is refused for a tenant nobody has', async () => {
    await expect(directory.connections.enable({ tenantId: newId() }, CAUSE)).rejects.toMatchObject({ status: 404 });
  });

  it('gives a username and a token that sign in, together or the token alone', async () => {
    const { token, username, connectionId } = await createTeam(directory);
    await expect(signIn(token, username)).resolves.toMatchObject({ connectionId, scope: 'users_and_groups' });
    await expect(signIn(token)).resolves.toMatchObject({ connectionId });
    await expect(signIn(token, 'somebody')).rejects.toMatchObject({ status: 401 });
  });

  it('again changes its settings and leaves the token', async () => {
    const { tenantId, token } = await createTeam(directory);
    const again = await directory.connections.enable({ tenantId, scope: 'users', dialect: 'entra' }, CAUSE);
    expect(again.token).toBeUndefined();
    await expect(signIn(token)).resolves.toMatchObject({ scope: 'users', dialect: 'entra' });
  });

  it('never keeps the token itself', async () => {
    const { token } = await createTeam(directory);
    const [row] = await directory.dataSource.query('SELECT count(*)::int AS n FROM tokens t WHERE t::text LIKE $1', [
      `%${token.slice(-20)}%`,
    ]);
    expect(row.n).toBe(0);
  });
});

describe('a token', () => {
  it('ends when it is exchanged, when SCIM is turned off, and for every other tenant', async () => {
    const { tenantId, token, username } = await createTeam(directory);
    const rotated = await directory.connections.rotate({ tenantId }, CAUSE);
    await expect(signIn(token, username)).rejects.toMatchObject({ status: 401 });
    await expect(signIn(rotated.token, username)).resolves.toMatchObject({ tenantId });

    await directory.connections.disable({ tenantId }, CAUSE);
    await expect(signIn(rotated.token)).rejects.toMatchObject({ status: 401 });

    const other = await createTeam(directory);
    const foreign = { ...claim(rotated.token), tenantId: other.tenantId };
    await expect(directory.connections.authenticate(foreign)).rejects.toMatchObject({ status: 401 });
  });

  it('that opens nothing is told with the connection it was meant for and why, where its tenant has one', async () => {
    const { tenantId, connectionId, token, username } = await createTeam(directory);
    const wrong = issueToken(tenantId).token;
    const why = (what: string) => ({
      status: 401,
      connection: { tenantId, connectionId, dialect: 'auto', reason: expect.stringContaining(what) },
    });
    await expect(signIn(wrong)).rejects.toMatchObject(why('never one of'));
    await expect(signIn(wrong, username)).rejects.toMatchObject(why('never one of'));
    await expect(signIn(wrong, 'somebody')).rejects.toMatchObject(why('Neither'));
    await expect(signIn(token, 'somebody')).rejects.toMatchObject(why('username is not'));
    const rotated = await directory.connections.rotate({ tenantId }, CAUSE);
    await expect(signIn(token, username)).rejects.toMatchObject(why('replaced'));
    await directory.connections.disable({ tenantId }, CAUSE);
    await expect(signIn(rotated.token, username)).rejects.toMatchObject(why('turned off'));
    await expect(signIn(issueToken(newId()).token)).rejects.toMatchObject({ status: 401, connection: undefined });
  });

  it('of a connection that is turned on again is a new one for the same connection', async () => {
    const { tenantId, connectionId, token } = await createTeam(directory);
    await directory.connections.disable({ tenantId }, CAUSE);
    const again = await directory.connections.enable({ tenantId, scope: 'users' }, CAUSE);
    expect(again.connectionId).toBe(connectionId);
    await expect(signIn(again.token)).resolves.toMatchObject({ scope: 'users' });
    await expect(signIn(token)).rejects.toMatchObject({ status: 401 });
  });
});
