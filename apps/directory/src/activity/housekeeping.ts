import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import type { ActivityService } from './activity.service.ts';

const EVERY_MS = 3_600_000;

/** Makes partitions and lets go of what is past retention, every hour; what fails is tried again. @returns what ends it */
export async function keepHouse(activity: ActivityService, clock: Clock): Promise<() => void> {
  let forgotten: Date | undefined;
  const maintain = async () => {
    try {
      const now = clock.now();
      await activity.partitions.maintain(now);
      forgotten = await activity.forgetChanges(now, forgotten);
    } catch (error) {
      logger.warn({ err: error }, 'the activity log could not be kept in order, trying again in an hour');
    }
  };
  await maintain();
  const timer = setInterval(() => void maintain(), EVERY_MS).unref();
  return () => clearInterval(timer);
}
