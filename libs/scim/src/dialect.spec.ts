import { expect, test } from '@jest/globals';
import { dialectOf } from './dialect.ts';

test.each([
  ['Okta SCIM Client 1.0.0', 'okta'],
  ['OKTA SCIM Integration', 'okta'],
  ['Azure AD Provisioning', 'entra'],
  ['Microsoft Entra Provisioning', 'entra'],
  ['curl/8.5.0', 'rfc'],
  ['Central Directory', 'rfc'],
  ['', 'rfc'],
  [undefined, 'rfc'],
] as const)('auto takes %j for %s', (userAgent, dialect) => {
  expect(dialectOf(userAgent, 'auto')).toBe(dialect);
});

test('what is configured wins', () => {
  expect(dialectOf('Okta SCIM Client 1.0.0', 'entra')).toBe('entra');
});
