import type { FastifyInstance, FastifyRequest } from 'fastify';
import { metrics } from '#runtime/metrics';
import { SCIM_PATH } from './base-url.ts';

/** Tells the metrics of SCIM requests: how many are worked on, how they were answered and how long that took. */
export function measureRequests(http: FastifyInstance): void {
  const answered = metrics.counter('rollcall_scim_requests_total', 'SCIM requests answered.', { labelled: true });
  const took = metrics.histogram(
    'rollcall_scim_request_seconds',
    "From a SCIM request's head to the end of its answer.",
  );
  let working = 0;
  metrics.gauge('rollcall_scim_requests_in_flight', 'SCIM requests being worked on.', () => working);
  http.addHook('onRequest', (request, reply, done) => {
    done();
    if (!isScim(request)) return;
    working += 1;
    // also when the client goes away before the answer
    reply.raw.once('close', () => {
      working -= 1;
    });
  });
  http.addHook('onResponse', (request, reply, done) => {
    if (isScim(request)) {
      answered.add(1, { method: request.method, status: String(reply.statusCode) });
      took.observe(reply.elapsedTime / 1e3, { method: request.method });
    }
    done();
  });
}

function isScim(request: FastifyRequest): boolean {
  return request.routeOptions.url?.startsWith(SCIM_PATH) ?? false;
}
