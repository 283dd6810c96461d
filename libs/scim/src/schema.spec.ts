import { describe, expect, test } from '@jest/globals';
import { ENTERPRISE_USER_URN, enterpriseUserSchema } from './enterprise-user.ts';
import { groupType } from './group.ts';
import { findAttribute, findExtension } from './schema.ts';
import { userSchema, userType } from './user.ts';

describe('findAttribute', () => {
  test.each(['id', 'ID', 'externalId', 'meta', 'schemas'])('finds the common attribute %s on every type', (name) => {
    expect(findAttribute(userType, name)).toBeDefined();
    expect(findAttribute(groupType, name)).toBeDefined();
  });

  test('finds in any case and gives the canonical name', () => {
    expect(findAttribute(userType, 'USERNAME')?.name).toBe('userName');
    const emails = findAttribute(userType, 'emails');
    expect(emails && findAttribute(emails, 'VALUE')?.name).toBe('value');
    expect(findAttribute(enterpriseUserSchema, 'Costcenter')?.name).toBe('costCenter');
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])('%j is no attribute', (name) => {
    expect(findAttribute(userType, name)).toBeUndefined();
    expect(findAttribute(userSchema, name)).toBeUndefined();
  });
});

test('findExtension goes by URN in any case', () => {
  expect(findExtension(userType, ENTERPRISE_USER_URN.toUpperCase())).toBe(enterpriseUserSchema);
  expect(findExtension(groupType, ENTERPRISE_USER_URN)).toBeUndefined();
});

test('the characteristics that rules hang on (RFC 7643 §8.7.1)', () => {
  expect(findAttribute(userType, 'userName')).toMatchObject({ required: true, uniqueness: 'server', caseExact: false });
  expect(findAttribute(userType, 'password')).toMatchObject({ mutability: 'writeOnly', returned: 'never' });
  expect(findAttribute(userType, 'groups')).toMatchObject({ mutability: 'readOnly', multiValued: true });
  expect(findAttribute(userType, 'id')).toMatchObject({ mutability: 'readOnly', returned: 'always', caseExact: true });
  expect(findAttribute(userType, 'externalId')).toMatchObject({ mutability: 'readWrite', caseExact: true });
  expect(findAttribute(groupType, 'displayName')).toMatchObject({ required: true });
});

test('a user has every attribute of RFC 7643 §4.1', () => {
  const names = userSchema.attributes.map(({ name }) => name);
  expect(names).toEqual([
    ...[
      'userName',
      'name',
      'displayName',
      'nickName',
      'profileUrl',
      'title',
      'userType',
      'preferredLanguage',
      'locale',
    ],
    ...['timezone', 'active', 'password', 'emails', 'phoneNumbers', 'ims', 'photos', 'addresses', 'groups'],
    ...['entitlements', 'roles', 'x509Certificates'],
  ]);
});
