import type { Client } from '#events/scim-request-handled.v1';

const FAMILIES: readonly (readonly [RegExp, Client])[] = [
  [/\bokta\b/i, 'okta'],
  [/azure|microsoft|\bentra\b|\baad/i, 'entra'],
  [/google/i, 'google'],
  [/onelogin/i, 'onelogin'],
  [/jumpcloud/i, 'jumpcloud'],
  [/rippling/i, 'rippling'],
];

/** The family of identity providers that a User-Agent header names. */
export function clientOf(userAgent: string | undefined): Client {
  return FAMILIES.find(([pattern]) => userAgent !== undefined && pattern.test(userAgent))?.[1] ?? 'other';
}
