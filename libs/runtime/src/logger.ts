import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import { currentCorrelation } from './correlation.ts';
import { traceIdOf } from './trace.ts';

/** JSON lines on standard output; the request and trace ids of the current work are in every line. No secret or profile value is ever passed to it. */
export const logger = pino({
  level: process.env.LOG_LEVEL ?? 'info',
  base: undefined,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  mixin: correlated,
});

function correlated(): object {
  const correlation = currentCorrelation();
  if (!correlation) return {};
  const traceId = traceIdOf(correlation.traceparent);
  return { requestId: correlation.requestId, ...(traceId && { traceId }) };
}

/** Lets Nest's own messages leave through the same logger. */
export class NestLogger implements LoggerService {
  log(message: unknown, context?: string) {
    logger.debug({ context }, String(message));
  }
  warn(message: unknown, context?: string) {
    logger.warn({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string) {
    logger.error({ context, stack }, message instanceof Error ? message.message : String(message));
  }
}
