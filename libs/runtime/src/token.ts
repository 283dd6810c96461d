import { createHash, randomBytes } from 'node:crypto';

const TENANT_LENGTH = 22;
const SECRET_BYTES = 32;

/** After its prefix: 22 characters of the tenant's id, 43 of secret, both base64url. */
const FORM = /^[A-Za-z0-9_-]{22}[A-Za-z0-9_-]{43}$/;

/** A token's tenant, which it names in its first part, and the hash it is stored under. */
export interface TokenClaim {
  tenantId: string;
  /** SHA-256, hex. A plain hash is enough: the secret is 256 random bits */
  tokenHash: string;
}

/**
 * Makes a token that names its tenant, so that looking it up leads with the tenant's id. It is shown once and never stored.
 *
 * @param prefix what kind of token it is, for whoever finds one; ends in `_`
 */
export function issueToken(prefix: string, tenantId: string): { token: string; tokenHash: string } {
  const tenant = Buffer.from(tenantId.replaceAll('-', ''), 'hex').toString('base64url');
  const token = `${prefix}${tenant}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, tokenHash: hash(token) };
}

/** What a token claims, or undefined for a text that cannot be one of this kind. */
export function readToken(prefix: string, token: string): TokenClaim | undefined {
  if (!token.startsWith(prefix) || !FORM.test(token.slice(prefix.length))) return undefined;
  const tenant = token.slice(prefix.length, prefix.length + TENANT_LENGTH);
  const hex = Buffer.from(tenant, 'base64url').toString('hex');
  const tenantId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return { tenantId, tokenHash: hash(token) };
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
