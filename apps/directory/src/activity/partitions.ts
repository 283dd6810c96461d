import type { DataSource } from 'typeorm';
import { TimePartitions } from '#postgres/time-partitions';

/** Days made ahead: a directory that cannot make them for a while still finds them. */
const AHEAD = 7;

/** The table `activity` by day. @param days a record is kept */
export function activityPartitions(dataSource: DataSource, days: number): TimePartitions {
  return new TimePartitions(dataSource, {
    table: 'activity',
    every: 'day',
    ahead: AHEAD,
    retention: days,
    bound: (at) => at.toISOString(),
    timeOf: (bound) => new Date(bound),
  });
}
