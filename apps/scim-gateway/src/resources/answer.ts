import type { FastifyReply } from 'fastify';
import type { Answer } from '#rabbit/answer';
import { warningsOf } from '../activity/warnings.ts';
import { foreignErrorBody } from '../http/error-body.ts';
import { SCIM_JSON } from '../http/media-type.ts';

/** What a directory's answer may set. */
const HEADERS = ['etag', 'location', 'retry-after'];

/** Gives the client the directory's answer: byte for byte, but that an error's detail gets the request id. */
export function sendAnswer(reply: FastifyReply, { status, content, headers }: Answer) {
  reply.status(status);
  reply.warnings = warningsOf(headers);
  for (const name of HEADERS) if (headers[name]) reply.header(name, headers[name]);
  if (status === 204 || status === 304) reply.send();
  else if (status >= 400) {
    reply.type(SCIM_JSON).send(foreignErrorBody(status, content.toString(), reply.request.id));
  } else {
    if (status === 200 && headers.location) reply.header('content-location', headers.location);
    reply.type(SCIM_JSON).send(content);
  }
}
