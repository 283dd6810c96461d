import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import { currentCorrelation } from './correlation.ts';

/** JSON lines on standard output; the request id of the current work is in every line. No secret or profile value is ever passed to it. */
export const logger = pino({
  level: process.env.LOG_LEVEL ?? 'info',
  base: undefined,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  mixin: correlated,
});

function correlated(): object {
  const requestId = currentCorrelation()?.requestId;
  return requestId === undefined ? {} : { requestId };
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
