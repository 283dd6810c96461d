import type { Server } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { withCorrelation } from '#runtime/correlation';
import { logger } from '#runtime/logger';
import { childTrace } from '#runtime/trace';
import { ScimError } from '#scim/error';
import { acceptScimBodies, BODY_LIMIT } from './body.ts';
import { answerClientError } from './client-error.ts';
import { refuse } from './refusal.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.ts';

/** bytes; what is beyond never gets to be a request */
const HEADER_LIMIT = 32 * 1024;
/** characters */
const URL_LIMIT = 16 * 1024;
/** Okta gives up by then */
const REQUEST_TIMEOUT_MS = 60_000;
/** The URN of a schema and any id of ours are shorter */
const LONGEST_ID = 256;
const TOO_LARGE = 413;
const URL_TOO_LONG = `The URL is longer than ${URL_LIMIT} characters. Send the filter in a POST to /.search instead.`;

/** Fastify as SCIM needs it: raw bodies of two media types, a request id everywhere, SCIM errors from every layer. */
export function httpAdapter(): FastifyAdapter {
  const options: FastifyHttpOptions<Server> = {
    // A request without Host is refused by BaseUrl: Node would refuse it without a body.
    http: { maxHeaderSize: HEADER_LIMIT, requireHostHeader: false },
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: BODY_LIMIT,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_ID },
    genReqId: ({ headers }) => requestIdOf(headers[REQUEST_ID_HEADER]),
    // While it stops, what still comes on an open connection is answered; Fastify's own 503 is not a SCIM error.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      refuse(request, reply, error);
      logRequest(request, reply);
    },
  };
  const adapter = new FastifyAdapter(options);
  const http = adapter.getInstance();
  http.decorateReply('refusal');
  http.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    withCorrelation({ requestId: request.id, traceparent: traceOf(request) }, () => done());
  });
  http.addHook('onRequest', (request, _reply, done) => {
    done(request.url.length > URL_LIMIT ? new ScimError(414, URL_TOO_LONG) : undefined);
  });
  http.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply);
    done();
  });
  acceptScimBodies(http);
  ignoreExpectations(http.server);
  readWhatIsTooLarge(http);
  return adapter;
}

/** RFC 9110 §10.1.1 lets a server ignore an Expect it does not know; Node's own 417 has no body. */
function ignoreExpectations(server: Server) {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/**
 * A connection that is closed while the client still sends a body that is too large loses the answer: the rest is read
 * and thrown away instead.
 */
function readWhatIsTooLarge(http: FastifyInstance) {
  http.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode === TOO_LARGE) reply.removeHeader('connection');
    done(null, payload);
  });
}

function traceOf({ headers }: FastifyRequest): string {
  const { traceparent } = headers;
  return childTrace(typeof traceparent === 'string' ? traceparent : undefined);
}

/** The one line of a request. The route stands for the URL, which holds ids and, in a filter, personal data. */
function logRequest(request: FastifyRequest, reply: FastifyReply) {
  const route = request.routeOptions.url;
  const line = {
    requestId: request.id,
    method: request.method,
    route: route ?? null,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
    ...(reply.refusal !== undefined && { refusal: reply.refusal }),
  };
  if (route?.startsWith('/health') || route === '/metrics') logger.debug(line, 'request');
  else logger.info(line, 'request');
}
