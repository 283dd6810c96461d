import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './refusal.ts';

/** Where every failure ends, Fastify's own included: Nest hands those to the same filter. */
@Catch()
export class ScimErrorFilter implements ExceptionFilter {
  catch(failure: unknown, host: ArgumentsHost) {
    const http = host.switchToHttp();
    refuse(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), failure);
  }
}
