import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ScimError } from '#scim/error';

const WINDOW_MS = 60_000;

/**
 * Bounds what one connection may ask of this gateway, so that one customer's runaway job does not slow the others. Beyond
 * it the answer is 429 with a whole number of seconds in Retry-After, which Okta and Entra wait for. A replica counts for
 * itself; what has no connection, such as a refused credential, is not counted.
 *
 * @param perMinute requests
 */
export async function limitRate(http: FastifyInstance, perMinute: number): Promise<void> {
  await http.register(rateLimit, {
    max: perMinute,
    timeWindow: WINDOW_MS,
    keyGenerator: ({ identity }: FastifyRequest) => identity?.connectionId ?? '',
    allowList: ({ identity }: FastifyRequest) => identity === undefined,
    addHeaders: NO_HEADERS,
    addHeadersOnExceeding: NO_HEADERS,
    errorResponseBuilder: (_request, { ttl }) => tooManyRequests(perMinute, Math.ceil(ttl / 1_000)),
  });
}

const NO_HEADERS = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };

function tooManyRequests(perMinute: number, seconds: number): ScimError {
  return new ScimError(
    429,
    `This connection sent more than ${perMinute} requests in a minute. Send the request again in ${seconds} s.`,
  );
}
