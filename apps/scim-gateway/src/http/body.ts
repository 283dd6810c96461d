import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest, ScimError } from '#scim/error';
import { type Json, parseJson } from '#scim/json';

/** bytes */
export const BODY_LIMIT = 10 * 1024 * 1024;

export const BODY_TOO_LARGE = `The body is larger than ${BODY_LIMIT / 1024 / 1024} MB (${BODY_LIMIT} bytes). Send fewer members or operations at a time.`;

export const UNSUPPORTED_MEDIA_TYPE =
  'The body must be application/scim+json or application/json, in UTF-8, and gzip is the only compression.';

const MEDIA_TYPES = ['application/scim+json', 'application/json'];
const CHARSET = /;\s*charset\s*=\s*"?([^;"\s]*)/i;

const inflate = promisify(gunzip);

/** Refuses bytes that are not UTF-8 instead of replacing them, and skips a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Takes bodies of the two media types as bytes, gzipped or not; {@link readJson} reads them. Who sent them is known by
 * then. Both the bytes that come and what they unpack to are bounded by {@link BODY_LIMIT}.
 */
export function acceptScimBodies(http: FastifyInstance) {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser(MEDIA_TYPES, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    if (!isUtf8(request.headers)) throw new ScimError(415, UNSUPPORTED_MEDIA_TYPE);
    if (encoding === 'identity') return body;
    if (encoding === 'gzip' || encoding === 'x-gzip') return unpack(body);
    throw new ScimError(415, UNSUPPORTED_MEDIA_TYPE);
  });
}

/** zlib stops at the limit, however much more a bomb would unpack to. */
async function unpack(body: Buffer): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: BODY_LIMIT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new ScimError(413, BODY_TOO_LARGE);
    throw badRequest('invalidSyntax', 'The body is not whole or not gzip, though Content-Encoding says so.');
  }
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
  return charset === 'utf-8' || charset === 'utf8';
}
