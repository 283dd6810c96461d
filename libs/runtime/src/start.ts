import { logger } from './logger.ts';

/** A process that is up. */
export interface Running {
  url: string;
  /** finishes what is in flight and lets go of everything */
  close: () => Promise<void>;
}

/**
 * Runs a process until it is told to stop. SIGTERM and SIGINT close it once; what cannot start says why in one line and exits with 1.
 */
export async function runProcess(name: string, start: () => Promise<Running>): Promise<void> {
  try {
    const running = await start();
    let stopping = false;
    const stop = async (signal: string) => {
      if (stopping) return;
      stopping = true;
      logger.info({ signal }, `${name} stops`);
      await running.close();
      process.exit(0);
    };
    process.on('SIGTERM', () => void stop('SIGTERM'));
    process.on('SIGINT', () => void stop('SIGINT'));
    logger.info(`${name} is up at ${running.url}`);
  } catch (error) {
    logger.fatal({ err: error }, `${name} cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
