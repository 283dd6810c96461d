import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway, unstorableText } from '#postgres/postgres-error';
import { Unavailable } from '#rabbit/answer';
import { logger } from '#runtime/logger';
import { InvalidShape } from '#runtime/valid';
import { Problem, sendProblem } from './problem.ts';

/** Answers every error of the HTTP API as a problem. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = problemOf(error);
    if (problem.status >= 500) logger.error({ err: error, requestId: request.id }, 'a request failed');
    await sendProblem(problem, request, http.getResponse<FastifyReply>());
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InvalidShape) return new Problem(400, `Mend these parameters: ${error.problems.join('; ')}.`);
  const unstorable = unstorableText(error);
  if (unstorable) return new Problem(400, unstorable);
  if (isDatabaseAway(error))
    return new Problem(503, 'Billing cannot reach its database right now. Try again in a few seconds.');
  if (error instanceof Unavailable) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return new Problem(503, `This cannot be answered right now: ${error.message}. Try again.`, headers);
  }
  const status = statusOf(error);
  if (status === 404) return new Problem(404, 'There is nothing at this address. Check the method and the path.');
  if (status < 500) return new Problem(status, `The request cannot be read: ${(error as Error).message}. Mend it.`);
  return new Problem(500, 'Billing failed on this request and changed nothing. Try again; its log has the reason.');
}

/** Nest's and Fastify's own errors say their status; anything else is ours. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 500;
}
