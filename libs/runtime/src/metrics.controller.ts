import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { metrics } from './metrics.ts';

/** `GET /metrics`: what this process tells of itself, for Prometheus. No credentials: keep the path off the internet. */
@Controller('metrics')
export class MetricsController {
  @Get()
  async text(@Res() reply: FastifyReply) {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.text());
  }
}
