import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import type { Partitions } from './partitions.ts';

const EVERY_MS = 3_600_000;

/** Keeps the partitions in order from now on, every hour; what fails is tried again the next time. @returns what ends it */
export async function keepHouse(partitions: Partitions, clock: Clock): Promise<() => void> {
  const maintain = async () => {
    try {
      await partitions.maintain(clock.now());
    } catch (error) {
      logger.warn({ err: error }, "activity's partitions could not be made or dropped, trying again in an hour");
    }
  };
  await maintain();
  const timer = setInterval(() => void maintain(), EVERY_MS).unref();
  return () => clearInterval(timer);
}
