/** What clients may ask about the service itself (RFC 7644 §4, RFC 7643 §5 to §8.7). */
import { MAX_BULK_BYTES, MAX_BULK_OPERATIONS } from './bulk.ts';
import type { JsonObject } from './json.ts';
import { CURSOR_SECONDS, DEFAULT_COUNT, MAX_COUNT } from './list.ts';
import type { Attribute, ResourceType, Schema } from './schema.ts';

const URN = 'urn:ietf:params:scim:schemas:core:2.0';

/**
 * RFC 7643 §5, with the `pagination` of RFC 9865 §4. `baseUrl` is what all the functions here put before a path, such
 * as `https://example.com/scim/v2`.
 */
export function serviceProviderConfig(baseUrl: string): JsonObject {
  return {
    schemas: [`${URN}:ServiceProviderConfig`],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: MAX_BULK_OPERATIONS, maxPayloadSize: MAX_BULK_BYTES },
    filter: { supported: true, maxResults: MAX_COUNT },
    changePassword: { supported: false },
    sort: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: DEFAULT_COUNT,
      maxPageSize: MAX_COUNT,
      cursorTimeout: CURSOR_SECONDS,
    },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'httpbasic',
        name: 'HTTP Basic',
        description: 'The username and token shown when SCIM is switched on.',
        specUri: 'https://www.rfc-editor.org/info/rfc7617',
        primary: true,
      },
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'The same token in the Authorization header.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
      },
    ],
    meta: meta(baseUrl, 'ServiceProviderConfig', '/ServiceProviderConfig'),
  };
}

/** RFC 7643 §6, one for each of the types that the connection may use. */
export function resourceTypes(baseUrl: string, types: readonly ResourceType[]): JsonObject[] {
  return types.map(({ name, endpoint, description, schema, extensions }) => ({
    schemas: [`${URN}:ResourceType`],
    id: name,
    name,
    endpoint,
    description,
    schema: schema.id,
    schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: meta(baseUrl, 'ResourceType', `/ResourceTypes/${name}`),
  }));
}

/** RFC 7643 §7, core schemas and extensions. */
export function schemas(baseUrl: string, types: readonly ResourceType[]): JsonObject[] {
  const all = new Set<Schema>(types.flatMap(({ schema, extensions }) => [schema, ...extensions]));
  return [...all].map((schema) => ({ ...schemaJson(schema), meta: meta(baseUrl, 'Schema', `/Schemas/${schema.id}`) }));
}

/** A schema as a Schema document (RFC 7643 §7) that belongs to no service yet. */
export function schemaJson({ id, name, description, attributes }: Schema): JsonObject {
  return { schemas: [`${URN}:Schema`], id, name, description, attributes: attributes.map(attributeJson) };
}

function attributeJson(attribute: Attribute): JsonObject {
  const { name, type, subAttributes, multiValued, description, required, canonicalValues, referenceTypes } = attribute;
  const isText = type !== 'complex' && type !== 'boolean';
  return {
    name,
    type,
    ...(subAttributes && { subAttributes: subAttributes.map(attributeJson) }),
    multiValued,
    description,
    required,
    ...(canonicalValues && { canonicalValues: [...canonicalValues] }),
    ...(isText && { caseExact: attribute.caseExact }),
    mutability: attribute.mutability,
    returned: attribute.returned,
    uniqueness: attribute.uniqueness,
    ...(referenceTypes && { referenceTypes: [...referenceTypes] }),
  };
}

function meta(baseUrl: string, resourceType: string, path: string): JsonObject {
  return { resourceType, location: `${baseUrl.replace(/\/$/, '')}${path}` };
}
