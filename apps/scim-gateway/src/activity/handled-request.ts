import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConnectionIdentity } from '#directory-api/connections';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { SCIM_REQUEST_HANDLED, type ScimRequestHandled } from '#events/scim-request-handled.v1';
import { isId, newId } from '#runtime/ids';
import { dialectOf } from '#scim/dialect';
import { groupType } from '#scim/group';
import { userType } from '#scim/user';
import { SCIM_PATH } from '../http/base-url.ts';
import { clientOf } from './client.ts';
import { redacted } from './redact.ts';

/** Whose request it was. Of credentials that were refused `reason` tells the log what the client is not told. */
export interface Whose extends Pick<ConnectionIdentity, 'tenantId' | 'connectionId' | 'dialect'> {
  reason?: string;
}

/** What is told of an answered request; nothing of its query or body, and of its answer only an error's own words. */
export function handledRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  identity: Whose,
  errorBody: string | undefined,
): CloudEvent<ScimRequestHandled> {
  const { tenantId, connectionId, dialect, reason } = identity;
  const userAgent = request.headers['user-agent'];
  const resourceType = typeAt(path);
  const resourceId = idOf(request, reply);
  const ms = reply.elapsedTime;
  return cloudEvent({
    source: 'rollcall/scim-gateway',
    type: SCIM_REQUEST_HANDLED,
    tenantId,
    subject: `requests/${request.id}`,
    version: 1,
    time: new Date(Date.now() - ms),
    cause: { commandId: newId(), requestId: request.id, actor: `connection:${connectionId}` },
    data: {
      connectionId,
      method: request.method,
      path,
      ...(resourceType && { resourceType }),
      ...(resourceId && { resourceId }),
      status: reply.statusCode,
      ...(reason !== undefined ? { detail: reason } : errorBody !== undefined && errorOf(errorBody)),
      ms: Math.round(ms),
      client: clientOf(userAgent),
      dialect: dialectOf(userAgent, dialect),
      warnings: reply.warnings ?? {},
      ...(reply.commands && { commands: reply.commands }),
    },
  });
}

function typeAt(path: string): string | undefined {
  const below = path.slice(SCIM_PATH.length);
  return [userType, groupType].find(({ endpoint }) => below === endpoint || below.startsWith(`${endpoint}/`))?.name;
}

/** The id in the URL, or the new one's; a text that is none of our ids may be anything, a name for instance. */
function idOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const { id } = (request.params ?? {}) as { id?: unknown };
  if (id !== undefined) return isId(id) ? id : undefined;
  const made =
    reply.statusCode === 201
      ? String(reply.getHeader('location') ?? '')
          .split('/')
          .at(-1)
      : undefined;
  return isId(made) ? made : undefined;
}

function errorOf(body: string): Pick<ScimRequestHandled, 'scimType' | 'detail'> {
  try {
    const { scimType, detail } = JSON.parse(body) as { scimType?: unknown; detail?: unknown };
    return {
      ...(typeof scimType === 'string' && { scimType: scimType.slice(0, 50) }),
      ...(typeof detail === 'string' && { detail: redacted(detail) }),
    };
  } catch {
    return {};
  }
}
