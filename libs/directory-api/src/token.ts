import * as tokens from '#runtime/token';

export type { TokenClaim } from '#runtime/token';

const PREFIX = 'rct_';

/** Makes the token of a SCIM connection: `rct_`, the tenant, a secret. It is shown once and never stored. */
export function issueToken(tenantId: string): { token: string; tokenHash: string } {
  return tokens.issueToken(PREFIX, tenantId);
}

/** What a SCIM token claims, or undefined for a text that cannot be one. */
export function readToken(token: string): tokens.TokenClaim | undefined {
  return tokens.readToken(PREFIX, token);
}
