import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'rct_';
const TENANT_LENGTH = 22;
const SECRET_BYTES = 32;
const FORM = /^rct_[A-Za-z0-9_-]{22}[A-Za-z0-9_-]{43}$/;

/** A token's tenant, which it names in its first part, and the hash it is stored under. */
export interface TokenClaim {
  tenantId: string;
  /** SHA-256, hex. A plain hash is enough: the secret is 256 random bits */
  tokenHash: string;
}

/** Makes a token: `rct_`, 22 characters of the tenant's id, 43 of secret. It is shown once and never stored. */
export function issueToken(tenantId: string): { token: string; tokenHash: string } {
  const tenant = Buffer.from(tenantId.replaceAll('-', ''), 'hex').toString('base64url');
  const token = `${PREFIX}${tenant}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, tokenHash: hash(token) };
}

/** What a token claims, or undefined for a text that cannot be one. */
export function readToken(token: string): TokenClaim | undefined {
  if (!FORM.test(token)) return undefined;
  const hex = Buffer.from(token.slice(PREFIX.length, PREFIX.length + TENANT_LENGTH), 'base64url').toString('hex');
  const tenantId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return { tenantId, tokenHash: hash(token) };
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
