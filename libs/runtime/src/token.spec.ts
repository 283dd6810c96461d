import { describe, expect, it } from '@jest/globals';
import { newId } from './ids.ts';
import { issueToken, readToken } from './token.ts';

describe('a token', () => {
  it('names its tenant and reads back to the hash it is stored under', () => {
    const tenantId = newId();
    const { token, tokenHash } = issueToken('rct_', tenantId);
    expect(readToken('rct_', token)).toEqual({ tenantId, tokenHash });
  });

  it('does not hold its own hash, and is another one each time', () => {
    const tenantId = newId();
    const first = issueToken('rct_', tenantId);
    const second = issueToken('rct_', tenantId);
    expect(first.token).not.toBe(second.token);
    expect(first.tokenHash).not.toBe(second.tokenHash);
  });

  it.each([
    ['of another kind', (token: string) => token.replace('rct_', 'rck_')],
    ['too short', (token: string) => token.slice(0, -1)],
    ['too long', (token: string) => `${token}A`],
    ['with a foreign character', (token: string) => `${token.slice(0, -1)}=`],
    ['with a line after it', (token: string) => `${token}\n`],
    ['that is empty', () => ''],
  ])('%s is not read', (_, change) => {
    expect(readToken('rct_', change(issueToken('rct_', newId()).token))).toBeUndefined();
  });
});
