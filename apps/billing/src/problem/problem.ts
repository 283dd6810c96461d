import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer to the HTTP API that is not what was asked for (RFC 9457). `detail` tells the caller what to do. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

/** Answers with the problem as problem+json; its `instance` names the request in the log. */
export function sendProblem(
  { status, message: detail, headers }: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const instance = `urn:uuid:${request.id}`;
  const body = { type: 'about:blank', title: STATUS_CODES[status], status, detail, instance };
  return reply.status(status).headers(headers).type('application/problem+json').send(JSON.stringify(body));
}
