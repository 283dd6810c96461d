import type { ActivityService } from './activity.service.ts';

/** Makes the log's partitions and lets go of what is past retention. */
export function activityChore(activity: ActivityService): (now: Date) => Promise<void> {
  let forgotten: Date | undefined;
  return async (now) => {
    await activity.partitions.maintain(now);
    forgotten = await activity.forgetChanges(now, forgotten);
  };
}
