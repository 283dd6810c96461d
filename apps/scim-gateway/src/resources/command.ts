import type { FastifyRequest } from 'fastify';
import type { ScimCommand } from '#directory-api/scim-command';
import { type Dialect, dialectOf } from '#scim/dialect';
import { ScimError } from '#scim/error';
import { readListQuery } from '#scim/list';
import type { ResourceType } from '#scim/schema';
import type { BaseUrl } from '../http/base-url.ts';
import { permittedTypes } from './permitted-types.ts';

export interface ResourceCommand extends ScimCommand {
  dialect: Dialect;
}

/**
 * What every command of the request carries.
 *
 * @throws ScimError 400 `invalidValue`: see readListQuery
 */
export function commandOf(request: FastifyRequest, baseUrl: BaseUrl): ResourceCommand {
  const { tenantId, connectionId, dialect, schemas } = request.identity;
  const { attributes, excludedAttributes } = request.query as Record<string, unknown>;
  return {
    tenantId,
    connectionId,
    baseUrl: baseUrl.of(request),
    dialect: dialectOf(request.headers['user-agent'], dialect),
    ...(schemas && { schemasVersion: schemas.version }),
    ...((attributes ?? excludedAttributes) !== undefined && projection({ attributes, excludedAttributes })),
  };
}

/**
 * The same for a request that is about one type.
 *
 * @throws ScimError 403: the connection's scope does not hold this type
 */
export function commandOn(type: ResourceType, request: FastifyRequest, baseUrl: BaseUrl): ResourceCommand {
  if (!permittedTypes(request.identity).some(({ name }) => name === type.name)) {
    throw new ScimError(
      403,
      `This connection is set to users only. To use ${type.endpoint}, set its scope to users and groups in Rollcall.`,
    );
  }
  return commandOf(request, baseUrl);
}

/** The two query parameters that answers to writes obey too (RFC 7644 §3.9). */
function projection(query: Record<string, unknown>): Pick<ScimCommand, 'attributes' | 'excludedAttributes'> {
  const { attributes, excludedAttributes } = readListQuery(query);
  return { attributes, excludedAttributes };
}

/** Makes a POST /.search the list request that it stands for: its body takes the place of the query (RFC 7644 §3.4.3). */
export function asQuery(request: FastifyRequest, search: Record<string, unknown>): FastifyRequest {
  request.query = search;
  return request;
}
