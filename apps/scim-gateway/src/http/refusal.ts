import { HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Unavailable } from '#rabbit/answer';
import { withCorrelation } from '#runtime/correlation';
import { logger } from '#runtime/logger';
import { tooManyBytes } from '#scim/bulk';
import { badRequest, ScimError } from '#scim/error';
import { allowedMethods } from './allowed-methods.ts';
import { SCIM_PATH } from './base-url.ts';
import { BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE } from './body.ts';
import { errorBody } from './error-body.ts';
import { SCIM_JSON } from './media-type.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** why the request was refused, for its log line */
    refusal: string | undefined;
  }
}

/** How a failure is told to the client. */
export interface Refusal {
  error: ScimError;
  headers: Record<string, string>;
}

const DETAILS: Record<number, string> = {
  404: 'There is nothing at this path. The resources are /scim/v2/Users and /scim/v2/Groups, in this case.',
  408: 'The request did not arrive whole in time. Send it again.',
  413: BODY_TOO_LARGE,
  414: 'An id in the path is too long to be one of ours.',
  415: UNSUPPORTED_MEDIA_TYPE,
  431: 'The headers and the URL together are too large. Send a shorter filter.',
};

/** Makes what any layer threw into the SCIM error for the client (RFC 7644 §3.12). */
export function refusalOf(error: unknown, { id, method, url }: { id: string; method: string; url: string }): Refusal {
  if (error instanceof ScimError) return { error, headers: challenge(error) };
  if (error instanceof Unavailable) return unavailable(error);
  const status = clientErrorStatus(error);
  const allow = status && allowedMethods(url);
  if (allow && (status === 404 || !allow.split(', ').includes(method))) {
    return {
      error: new ScimError(405, `${method} is not possible here. Use ${allow.replaceAll(', ', ' or ')}.`),
      headers: { allow },
    };
  }
  if (status === 413 && url.startsWith(`${SCIM_PATH}/Bulk`)) return { error: tooManyBytes(), headers: {} };
  if (status) return { error: clientError(status), headers: {} };
  const detail = `The service failed on this request. Its log has the reason (request id ${id}).`;
  return { error: new ScimError(500, detail), headers: {} };
}

/** The error for a status that a layer below gave, which has no SCIM detail of its own. */
export function clientError(status: number): ScimError {
  const detail = DETAILS[status];
  return detail ? new ScimError(status, detail) : badRequest('invalidSyntax', 'The request is not well-formed HTTP.');
}

/** Answers with the error and logs what the request's own line cannot tell. */
export function refuse(request: FastifyRequest, reply: FastifyReply, failure: unknown) {
  const { error, headers } = refusalOf(failure, request);
  withCorrelation({ requestId: request.id }, () => logFailure(failure, error));
  if (reply.sent) return;
  reply.refusal = error.detail;
  reply
    .status(error.status)
    .headers({ ...headers, [REQUEST_ID_HEADER]: request.id })
    .type(SCIM_JSON)
    .send(errorBody(error.toBody(), request.id));
}

/** Logs of a failure what the client's error does not tell. */
export function logFailure(failure: unknown, { status }: ScimError) {
  if (failure instanceof Unavailable) logger.warn({ reason: failure.message }, 'the directory could not be asked');
  else if (status >= 500) logger.error({ err: failure }, 'a request failed');
}

function unavailable({ retryAfterSeconds }: Unavailable): Refusal {
  const seconds = String(Math.ceil(retryAfterSeconds));
  const detail = `The directory cannot answer right now. Send the request again in ${seconds} s; nothing is applied twice.`;
  return { error: new ScimError(503, detail), headers: { 'retry-after': seconds } };
}

function challenge({ status }: ScimError): Record<string, string> {
  return status === 401 ? { 'www-authenticate': 'Basic realm="SCIM", Bearer realm="SCIM"' } : {};
}

/** The 4xx status that Nest or Fastify gave the error. */
function clientErrorStatus(error: unknown): number | undefined {
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : error instanceof Error && 'statusCode' in error && error.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
