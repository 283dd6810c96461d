import type { FastifyReply } from 'fastify';
import type { Answer } from '#rabbit/answer';
import { ERROR_SCHEMA, ScimError } from '#scim/error';
import { warningsOf } from '../activity/warnings.ts';
import { SCIM_JSON } from '../http/media-type.ts';

/** What a directory's answer may set. */
const HEADERS = ['etag', 'location', 'retry-after'];

/** Gives the client the directory's answer, byte for byte. */
export function sendAnswer(reply: FastifyReply, { status, content, headers }: Answer) {
  reply.status(status);
  reply.warnings = warningsOf(headers);
  for (const name of HEADERS) if (headers[name]) reply.header(name, headers[name]);
  if (status === 204 || status === 304) reply.send();
  else reply.type(SCIM_JSON).send(status >= 500 ? scimError(status, content.toString()) : content);
}

/** A command can also fail outside its handler; then the body is not the directory's and may not be SCIM. */
function scimError(status: number, content: string): string {
  if (content.includes(ERROR_SCHEMA)) return content;
  return JSON.stringify(
    new ScimError(status, 'The directory failed on this request. Its log has the reason.').toBody(),
  );
}
