import type { DataSource } from 'typeorm';
import { type TimePartitioned, TimePartitions } from '#postgres/time-partitions';
import { leastIdAt, timeOfBound } from '#runtime/ids';

/** Months made ahead. */
const AHEAD = 3;

const byId = { every: 'month', ahead: AHEAD, bound: leastIdAt, timeOf: timeOfBound } as const;

/** The outbox by month of its events' ids. An event that was never published is never dropped. @param days events are kept */
export function outboxPartitions(dataSource: DataSource, days: number): TimePartitions {
  const options: TimePartitioned = {
    ...byId,
    table: 'outbox',
    retention: days,
    rest: { column: 'id' },
    unless: 'published_at IS NULL',
  };
  return new TimePartitions(dataSource, options);
}

/**
 * The inbox by month of the events' ids. What it forgets is written down, so that an event from before it is not taken for
 * a new one (#outbox/once).
 *
 * @param days that an event is remembered: more than the teller keeps it, and what waits for delivery beyond that
 */
export function inboxPartitions(dataSource: DataSource, days: number): TimePartitions {
  const options: TimePartitioned = {
    ...byId,
    table: 'inbox',
    retention: days,
    rest: { column: 'event_id' },
    onDrop: (tx, before) => tx.query('INSERT INTO inbox_forgotten (before) VALUES ($1)', [leastIdAt(before)]),
  };
  return new TimePartitions(dataSource, options);
}
