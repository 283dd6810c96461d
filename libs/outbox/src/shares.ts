import type { QueryRunner } from 'typeorm';
import { PARTITIONS } from './partition.ts';

/** First key of the advisory locks that say who relays a partition; the second is the partition. */
const PARTITION_LOCKS = 0x0b0c;
/** First key of the locks by which relays know each other; the second is the session's process id in Postgres. */
const RELAY_LOCKS = 0x0b0e;

const OTHERS = `
SELECT pid, pid = pg_backend_pid() AS me FROM pg_locks
WHERE locktype = 'advisory' AND classid = ${RELAY_LOCKS} AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY pid`;

/**
 * Which partitions this relay should hold: the relays of a database are counted by an advisory lock that each holds, and
 * share alike. Postgres lets go of a session's locks when the session ends, however it ends, so nothing has to expire.
 */
export class Shares {
  /** live relays of this database beside this one */
  others = 0;
  /** an advisory lock counts how often it was taken */
  private joined = false;

  constructor(private readonly session: QueryRunner) {}

  /** From now on the others leave this relay its share. */
  async join(): Promise<void> {
    if (this.joined) return;
    this.joined = true;
    await this.session.query('SELECT pg_try_advisory_lock($1, pg_backend_pid())', [RELAY_LOCKS]);
  }

  /** From now on the others take what this one lets go of. */
  async leave(): Promise<void> {
    if (!this.joined) return;
    this.joined = false;
    await this.session.query('SELECT pg_advisory_unlock($1, pg_backend_pid())', [RELAY_LOCKS]);
  }

  /** How many partitions are this relay's share now: all shares add up to all partitions. */
  async quota(): Promise<number> {
    const rows: { pid: number; me: boolean }[] = await this.session.query(OTHERS);
    const rank = rows.findIndex(({ me }) => me);
    this.others = rows.filter(({ me }) => !me).length;
    if (rank < 0) return 0;
    return Math.floor(PARTITIONS / rows.length) + (rank < PARTITIONS % rows.length ? 1 : 0);
  }

  /** Takes partitions that nobody holds, so many at most. */
  async claim(held: ReadonlySet<number>, most: number): Promise<number[]> {
    if (most <= 0) return [];
    const others = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((each) => !held.has(each));
    // Postgres takes no more locks than rows are asked for: LIMIT stops the scan, and nothing here sorts.
    const rows: { partition: number }[] = await this.session.query(
      'SELECT partition FROM unnest($1::int[]) AS partition WHERE pg_try_advisory_lock($2, partition) LIMIT $3',
      [others, PARTITION_LOCKS, most],
    );
    return rows.map(({ partition }) => partition);
  }

  async release(partitions: number[]): Promise<void> {
    await this.session.query('SELECT pg_advisory_unlock($1, partition) FROM unnest($2::int[]) AS partition', [
      PARTITION_LOCKS,
      partitions,
    ]);
  }
}
