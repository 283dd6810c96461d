import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE_USER_URN } from '#scim/enterprise-user';
import type { Resource } from '#scim/resource';
import { attribute, complex, plural, type ResourceType } from '#scim/schema';
import { USER_URN, userType } from '#scim/user';
import { attributeChanges, memberCounts } from './attribute-changes.ts';

const user = (attributes: object): Resource => ({ schemas: [USER_URN], ...attributes });
const changes = (before: object | undefined, after: object | undefined, type = userType) =>
  attributeChanges(before && user(before), after && user(after), type);

describe('what a write changed', () => {
  it('is told by attribute and part, before and after', () => {
    const department = { [ENTERPRISE_USER_URN]: { department: 'Sales', manager: { value: '7' } } };
    expect(
      changes(
        { title: 'Duke', nickName: 'A', name: { givenName: 'Ada', familyName: 'Byron' }, active: true },
        { title: 'Countess', name: { givenName: 'Ada', familyName: 'Lovelace' }, active: false, ...department },
      ),
    ).toEqual([
      { path: 'title', before: 'Duke', after: 'Countess' },
      { path: 'nickName', before: 'A' },
      { path: 'name.familyName', before: 'Byron', after: 'Lovelace' },
      { path: 'active', before: 'true', after: 'false' },
      { path: `${ENTERPRISE_USER_URN}:department`, after: 'Sales' },
      { path: `${ENTERPRISE_USER_URN}:manager.value`, after: '7' },
    ]);
  });

  it('has no before in a create, no after in a delete, and nothing where nothing changed', () => {
    expect(changes(undefined, { userName: 'a' })).toEqual([{ path: 'userName', after: 'a' }]);
    expect(changes({ userName: 'a' }, undefined)).toEqual([{ path: 'userName', before: 'a' }]);
    expect(changes({ emails: [{ value: 'a' }] }, { emails: [{ value: 'a' }] })).toEqual([]);
  });

  it('tells a list as a whole, and of a long value its start', () => {
    expect(changes({}, { emails: [{ value: 'a@b.c' }] })).toEqual([{ path: 'emails', after: '[{"value":"a@b.c"}]' }]);
    const [{ after = '' } = {}] = changes({}, { title: `${'x'.repeat(199)}😀😀` });
    expect(after).toHaveLength(201);
    expect(after.isWellFormed()).toBe(true);
  });

  it('tells fifty attributes, and how many more there are', () => {
    const own = Array.from({ length: 60 }, (_, index) => `field${index}`);
    const schema = { ...userType.schema, attributes: own.map((name) => attribute(name, '')) };
    const told = changes({}, Object.fromEntries(own.map((name) => [name, 'x'])), { ...userType, schema });
    expect(told).toHaveLength(51);
    expect(told.at(-1)).toEqual({ path: '…', after: '10 more' });
  });

  it('keeps no value that may be secret', () => {
    const urn = 'urn:example:2.0:User';
    const type: ResourceType = {
      ...userType,
      extensions: [
        {
          id: urn,
          name: '',
          description: '',
          attributes: [
            attribute('pin', '', { returned: 'never' }),
            attribute('badge', '', { mutability: 'writeOnly' }),
            attribute('vpnPassword', ''),
            complex('vault', '', [attribute('apiToken', ''), attribute('label', '')]),
            plural('keys', '', { returned: 'never' }),
          ],
        },
      ],
    };
    const secret = 'swordfish';
    const told = changes(
      { password: 'x' },
      {
        password: secret,
        x509Certificates: [{ value: secret }],
        unheardOf: secret,
        [urn]: {
          pin: secret,
          badge: secret,
          vpnPassword: secret,
          vault: { apiToken: secret, label: 'mine' },
          keys: [{ value: secret }],
        },
        'urn:unknown': { a: secret },
      },
      type,
    );
    expect(JSON.stringify(told)).not.toContain(secret);
    expect(told.filter(({ hidden }) => !hidden)).toEqual([{ path: `${urn}:vault.label`, after: 'mine' }]);
    expect(told).toHaveLength(10);
  });
});

describe('members', () => {
  it('are told as counts', () => {
    expect(memberCounts(3, 1)).toEqual([{ path: 'members', after: '3 added, 1 removed' }]);
    expect(memberCounts(0, 0)).toEqual([]);
  });
});
