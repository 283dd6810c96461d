import { readToken, type TokenClaim } from '#directory-api/token';
import { isId } from '#runtime/ids';
import { unusableText } from '#scim/json';

/** What a request claims to be, still to be asked about. */
export interface Credentials extends TokenClaim {
  /** only where one was sent: then it must be right too */
  username?: string;
}

const SCHEME = /^(basic|bearer) +(\S.*)$/i;

/**
 * Reads an Authorization header in the four forms identity providers send: `Basic base64(username:token)`,
 * `Bearer <token>`, `Bearer username:token` (Entra has one field for both) and the bare `<token>` (Okta's header mode).
 *
 * @returns undefined for anything else, which no token can be in
 */
export function readCredentials(header: string | undefined): Credentials | undefined {
  if (!header) return undefined;
  const [, scheme, parameter] = SCHEME.exec(header) ?? [];
  if (scheme === undefined || parameter === undefined) return claim(header);
  const basic = scheme.toLowerCase() === 'basic';
  const text = basic ? Buffer.from(parameter, 'base64').toString() : parameter;
  const colon = text.lastIndexOf(':');
  if (colon >= 0) return claim(text.slice(colon + 1), text.slice(0, colon));
  return basic ? undefined : claim(text);
}

function claim(token: string, username?: string): Credentials | undefined {
  const read = readToken(token);
  if (!read || !isId(read.tenantId)) return undefined;
  if (username === undefined) return read;
  return unusableText(username) === undefined ? { ...read, username } : undefined;
}
