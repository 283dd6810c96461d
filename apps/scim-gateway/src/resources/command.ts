import type { FastifyRequest } from 'fastify';
import type { ScimCommand } from '#directory-api/scim-command';
import { type Dialect, dialectOf } from '#scim/dialect';
import { ScimError } from '#scim/error';
import { readListQuery } from '#scim/list';
import type { ResourceType } from '#scim/schema';
import { permittedTypes } from './permitted-types.ts';

export interface ResourceCommand extends ScimCommand {
  dialect: Dialect;
}

/**
 * What every command of the request carries.
 *
 * @throws ScimError 403: the connection's scope does not hold this type
 */
export function commandOf(request: FastifyRequest, type: ResourceType, baseUrl: string): ResourceCommand {
  const { tenantId, connectionId, scope, dialect } = request.identity;
  if (!permittedTypes(scope).includes(type)) {
    throw new ScimError(
      403,
      `This connection is set to users only. To use ${type.endpoint}, set its scope to users and groups in Rollcall.`,
    );
  }
  const { attributes, excludedAttributes } = request.query as Record<string, unknown>;
  return {
    tenantId,
    connectionId,
    baseUrl,
    dialect: dialectOf(request.headers['user-agent'], dialect),
    ...((attributes ?? excludedAttributes) !== undefined && projection({ attributes, excludedAttributes })),
  };
}

/** The two query parameters that answers to writes obey too (RFC 7644 §3.9). */
function projection(query: Record<string, unknown>): Pick<ScimCommand, 'attributes' | 'excludedAttributes'> {
  const { attributes, excludedAttributes } = readListQuery(query);
  return { attributes, excludedAttributes };
}
