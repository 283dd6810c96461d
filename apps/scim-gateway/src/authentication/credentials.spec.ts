import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { issueToken } from '#directory-api/token';
import { readCredentials } from './credentials.ts';

const tenantId = '0192d5a4-7c1e-7000-8000-000000000001';
const { token } = issueToken(tenantId);
const tokenHash = createHash('sha256').update(token).digest('hex');

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('readCredentials', () => {
  it.each([
    ['Basic', basic(`scim-1:${token}`)],
    ['Basic in another case', basic(`scim-1:${token}`).replace('Basic', 'bAsIc')],
    ['a Bearer of username and token', `Bearer scim-1:${token}`],
  ])('reads %s with its username', (_, header) => {
    expect(readCredentials(header)).toEqual({ tenantId, tokenHash, username: 'scim-1' });
  });

  it.each([
    ['a Bearer token', `Bearer ${token}`],
    ['a Bearer token behind two spaces', `bearer  ${token}`],
    ['a bare token', token],
  ])('reads %s', (_, header) => {
    expect(readCredentials(header)).toEqual({ tenantId, tokenHash });
  });

  it('keeps an empty username, which is a wrong one and not an absent one', () => {
    expect(readCredentials(basic(`:${token}`))).toEqual({ tenantId, tokenHash, username: '' });
  });

  it('takes the last colon for the separator, as no token has one', () => {
    expect(readCredentials(basic(`a:b:${token}`))?.username).toBe('a:b');
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['a scheme alone', 'Bearer'],
    ['another scheme', `Digest ${token}`],
    ['a bare username and token', `scim-1:${token}`],
    ['Basic without a colon', basic(token)],
    ['Basic that is not base64', 'Basic %%%%'],
    ['a password that is not a token', basic('scim-1:secret')],
    ['a token with something behind it', `Bearer ${token} `],
    ['two tokens', `Bearer ${token}, Bearer ${token}`],
    ['a token of another prefix', `Bearer x${token}`],
    ['a token whose tenant is not a UUID', `Bearer rct_${'z'.repeat(22)}${token.slice(26)}`],
    ['a username with NUL, which no database takes', basic(`scim\u0000:${token}`)],
    ['thirty kilobytes of spaces', `Bearer ${' '.repeat(30_000)}`],
    ['thirty kilobytes of colons', `Bearer ${':'.repeat(30_000)}`],
  ])('refuses %s', (_, header) => {
    expect(readCredentials(header)).toBeUndefined();
  });
});
