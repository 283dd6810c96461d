import { describe, expect, test } from '@jest/globals';
import { resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import { groupType } from './group.ts';
import { userType } from './user.ts';

const base = 'https://example.com/scim/v2/';

describe('discovery', () => {
  test('ServiceProviderConfig lists what is supported and the limits of bulk (RFC 7643 §5)', () => {
    expect(serviceProviderConfig(base)).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: false },
      sort: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        maxPageSize: 1000,
        cursorTimeout: 3600,
      },
      etag: { supported: true },
      authenticationSchemes: [{ type: 'httpbasic' }, { type: 'oauthbearertoken' }],
      meta: { location: 'https://example.com/scim/v2/ServiceProviderConfig' },
    });
  });

  test('ResourceTypes lists the types given, and no other', () => {
    expect(resourceTypes(base, [userType]).map(({ id }) => id)).toEqual(['User']);
    expect(resourceTypes(base, [userType, groupType])).toMatchObject([
      {
        endpoint: '/Users',
        schema: 'urn:ietf:params:scim:schemas:core:2.0:User',
        schemaExtensions: [{ schema: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', required: false }],
        meta: { resourceType: 'ResourceType', location: 'https://example.com/scim/v2/ResourceTypes/User' },
      },
      { endpoint: '/Groups', schemaExtensions: [] },
    ]);
  });

  test('Schemas holds core schemas and extensions, once each', () => {
    const all = schemas(base, [userType, groupType, userType]);
    expect(all.map(({ name }) => name)).toEqual(['User', 'EnterpriseUser', 'Group']);
    expect(all[0]).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
      meta: { location: 'https://example.com/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User' },
    });
  });

  test('attributes are plain JSON with the characteristics of RFC 7643 §7', () => {
    const all = schemas(base, [userType, groupType]);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
    expect(JSON.stringify(all)).not.toContain('maxValues');
    expect(all[0]?.attributes).toContainEqual({
      name: 'userName',
      type: 'string',
      multiValued: false,
      description: expect.any(String),
      required: true,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'server',
    });
  });
});
