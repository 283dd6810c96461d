import type { FastifyInstance, FastifyReply } from 'fastify';
import { TENANT_HEADER } from '#rabbit/topology';
import { logger } from '#runtime/logger';
import { SCIM_PATH } from '../http/base-url.ts';
import { handledRequest } from './handled-request.ts';
import type { RefusalLimit } from './refusal-limit.ts';
import type { RequestRecorder } from './request-recorder.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** what got done only in part, by kind */
    warnings: Record<string, number> | undefined;
    /** ids of the commands that the request's writes sent (commands.ts) */
    commands: string[] | undefined;
    /** body of an error, kept until the answer is sent */
    errorBody: string | undefined;
  }
}

/** bytes; our errors are shorter */
const LARGEST_ERROR = 16 * 1024;

/**
 * Records every SCIM request of a known connection once its answer is sent. One with credentials that were refused is
 * recorded for the connection they were meant for, within the limit, because that is where its administrator looks; one
 * whose credentials name no connection has its log line only.
 */
export function recordRequests(
  http: FastifyInstance,
  recorder: Pick<RequestRecorder, 'record'>,
  limit: Pick<RefusalLimit, 'takes'>,
) {
  http.decorateReply('warnings');
  http.decorateReply('commands');
  http.decorateReply('errorBody');
  http.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode >= 400) keepError(reply, payload);
    done(null, payload);
  });
  http.addHook('onResponse', (request, reply, done) => {
    done();
    const path = request.routeOptions.url;
    if (!path?.startsWith(SCIM_PATH)) return;
    const whose = request.identity ?? request.refused;
    if (!whose || (!request.identity && !limit.takes(whose.connectionId))) return;
    try {
      const event = handledRequest(request, reply, path, whose, reply.errorBody);
      recorder.record({
        id: event.id,
        type: event.type,
        content: JSON.stringify(event),
        headers: { [TENANT_HEADER]: event.tenantid },
      });
    } catch (error) {
      logger.error({ err: error, requestId: request.id }, 'a request could not be recorded');
    }
  });
}

function keepError(reply: FastifyReply, payload: unknown) {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return;
  if (payload.length <= LARGEST_ERROR) reply.errorBody = payload.toString();
}
