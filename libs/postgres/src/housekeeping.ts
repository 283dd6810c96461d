import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';

const EVERY_MS = 3_600_000;

/**
 * Does chores now and every hour, such as making partitions and letting go of what is past retention; what fails is tried
 * again.
 *
 * @param chores by what they keep in order, for the log
 * @returns what ends it
 */
export async function keepHouse(
  chores: Record<string, (now: Date) => Promise<unknown>>,
  clock: Clock,
): Promise<() => void> {
  const doAll = async () => {
    for (const [of, chore] of Object.entries(chores)) {
      try {
        await chore(clock.now());
      } catch (error) {
        logger.warn({ err: error }, `${of} could not be kept in order, trying again in an hour`);
      }
    }
  };
  await doAll();
  const timer = setInterval(() => void doAll(), EVERY_MS).unref();
  return () => clearInterval(timer);
}
