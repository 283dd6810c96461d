import type { INestApplication } from '@nestjs/common';
import { logger } from './logger.ts';

/**
 * Runs a process until it is told to stop. SIGTERM and SIGINT close the application once (Nest's shutdown hooks finish
 * what is in flight); what cannot start says why in one line and exits with 1.
 */
export async function runProcess(name: string, start: () => Promise<INestApplication>): Promise<void> {
  try {
    const app = await start();
    let stopping = false;
    const stop = async (signal: string) => {
      if (stopping) return;
      stopping = true;
      logger.info({ signal }, `${name} stops`);
      await app.close();
      process.exit(0);
    };
    process.on('SIGTERM', () => void stop('SIGTERM'));
    process.on('SIGINT', () => void stop('SIGINT'));
    logger.info(`${name} is up at ${await app.getUrl()}`);
  } catch (error) {
    logger.fatal({ err: error }, `${name} cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
