import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest, ScimError } from '#scim/error';
import { type Json, parseJson } from '#scim/json';

/** bytes */
export const BODY_LIMIT = 10 * 1024 * 1024;

export const UNSUPPORTED_MEDIA_TYPE =
  'The body must be application/scim+json or application/json, in UTF-8 and not compressed.';

const MEDIA_TYPES = ['application/scim+json', 'application/json'];
const CHARSET = /;\s*charset\s*=\s*"?([^;"\s]*)/i;

/** Refuses bytes that are not UTF-8 instead of replacing them, and skips a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Takes bodies of the two media types as bytes; {@link readJson} reads them, after it is known who sent them. */
export function acceptScimBodies(http: FastifyInstance) {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser(MEDIA_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    if (isUtf8(request.headers)) done(null, body);
    else done(new ScimError(415, UNSUPPORTED_MEDIA_TYPE));
  });
}

/**
 * The body as JSON.
 *
 * @throws ScimError 400 `invalidSyntax`: no body, not UTF-8, not JSON; and what parseJson says
 */
export function readJson({ body }: FastifyRequest): Json {
  if (!(body instanceof Buffer) || body.length === 0) {
    throw badRequest('invalidSyntax', 'The request has no body. Send the resource, or the PatchOp message, as JSON.');
  }
  return parseJson(decode(body));
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw badRequest('invalidSyntax', 'The body is not UTF-8. Send JSON in UTF-8.');
  }
}

function isUtf8(headers: FastifyRequest['headers']): boolean {
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  return (charset === 'utf-8' || charset === 'utf8') && encoding === 'identity';
}
