/**
 * How a client departs from the RFC where tolerating it would break the RFC for others. What can be tolerated for
 * everybody is, and needs no dialect.
 *
 * - `entra`: `add` and `replace` whose value filter matches nothing make the value, where the RFC says noTarget.
 */
export type Dialect = 'rfc' | 'okta' | 'entra';

export const DIALECTS: readonly Dialect[] = ['rfc', 'okta', 'entra'];

/** The connection's dialect; `auto` goes by the User-Agent header. */
export function dialectOf(userAgent: string | undefined, configured: 'auto' | Dialect): Dialect {
  if (configured !== 'auto') return configured;
  if (userAgent === undefined) return 'rfc';
  if (/\bokta\b/i.test(userAgent)) return 'okta';
  return /azure|microsoft|\bentra\b|\baad/i.test(userAgent) ? 'entra' : 'rfc';
}
