import type { DataSource } from 'typeorm';
import { metrics } from '#runtime/metrics';

/** Beyond it the number does not matter any more, and counting would cost. */
const COUNTED_AT_MOST = 100_000;

/** Has the metrics tell what waits in a database's outbox. The queries read the index of what waits, and no more of it than said. */
export function measureOutbox(dataSource: DataSource): void {
  metrics.gauge('rollcall_outbox_waiting_events', 'Events committed and not yet published, up to 100000.', async () => {
    const [row] = await dataSource.query(
      `SELECT count(*)::int AS waiting FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT ${COUNTED_AT_MOST}) AS few`,
    );
    return row?.waiting;
  });
  metrics.gauge(
    'rollcall_outbox_oldest_seconds',
    'Age of the event that waits longest; 0 when none does.',
    async () => {
      const [row] = await dataSource.query(
        'SELECT id FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT 1',
      );
      return row ? Math.max((Date.now() - madeAt(row.id)) / 1e3, 0) : 0;
    },
  );
}

/** Has the metrics tell what is parked in a database: the figure to be woken up by. */
export function measureParking(dataSource: DataSource): void {
  metrics.gauge('rollcall_parked_events', 'Events parked now, the causes and what waits behind them.', async () => {
    const [row] = await dataSource.query(
      `SELECT count(*)::int AS parked FROM (SELECT FROM parked LIMIT ${COUNTED_AT_MOST}) AS few`,
    );
    return row?.parked;
  });
}

/**
 * When an event was made, milliseconds since 1970: its id is a UUID version 7 (RFC 9562 §5.7). Its own time is no help: a seat
 * event's is when something happened in the directory.
 */
function madeAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
