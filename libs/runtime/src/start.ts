import type { Readiness } from './health.ts';
import { logger } from './logger.ts';

/** A process that is up. */
export interface Running {
  url: string;
  /** says no from the moment the process is told to stop */
  readiness: Readiness;
  /** takes no new work, finishes what is in flight, hands over what only one replica may hold, lets go of everything */
  close: () => Promise<void>;
}

/** What does not end by itself within this is cut off; the broker and the database give it to another replica. */
const CLOSE_MS = 30_000;

/**
 * Runs a process until it is told to stop; what cannot start says why in one line and exits with 1.
 *
 * SIGTERM: it is not ready any more and serves on for `drainMs`, so that whoever asks for readiness sends nothing more;
 * then it closes, which may take 30 s at most. SIGINT, a person at a terminal, does the same without the first part.
 * A second signal ends it at once (docs/operations.md).
 *
 * @param drainMs longer than it takes a load balancer to see that a replica is not ready
 */
export async function runProcess(name: string, drainMs: number, start: () => Promise<Running>): Promise<void> {
  try {
    const running = await start();
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) end(1, `${name} ends at once: it was told twice`);
      stopping = true;
      logger.info({ signal }, `${name} stops`);
      running.readiness.stop();
      setTimeout(() => close(name, running), signal === 'SIGTERM' ? drainMs : 0);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    logger.info(`${name} is up at ${running.url}`);
  } catch (error) {
    logger.fatal({ err: error }, `${name} cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

async function close(name: string, running: Running) {
  setTimeout(() => end(1, `${name} did not finish within ${CLOSE_MS / 1000} s and is cut off`), CLOSE_MS);
  try {
    await running.close();
    process.exit(0);
  } catch (error) {
    logger.error({ err: error }, `${name} failed while it stopped`);
    process.exit(1);
  }
}

function end(code: number, reason: string): never {
  logger.error(reason);
  process.exit(code);
}
