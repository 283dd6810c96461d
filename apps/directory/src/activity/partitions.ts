import type { DataSource, EntityManager } from 'typeorm';
import { logger } from '#runtime/logger';

const DAY_MS = 86_400_000;

/** Days made ahead: a directory that cannot make them for a while still finds them. */
const AHEAD = 7;

/** Advisory lock of whoever makes or drops partitions: two replicas must not do so at once. */
const LOCK = 0x0ac7;

/**
 * Making or dropping a partition locks the whole table for a moment. Behind somebody's long query it would wait, and
 * everybody else behind it: it gives up instead and is tried again.
 */
const LOCK_TIMEOUT = '2s';

const NAME = /^activity_(\d{4})(\d{2})(\d{2})$/;

/** The partitions of the table `activity`: one for each day, UTC, kept for so many days and then dropped whole. */
export class Partitions {
  /** days that are known to have a partition, as {@link dayOf} numbers them */
  private readonly known = new Set<number>();

  constructor(
    private readonly dataSource: DataSource,
    /** days a record is kept */
    private readonly retention: number,
  ) {}

  /** True for a time that is kept and not absurdly far ahead, as of `now`. */
  keeps(at: Date, now: Date): boolean {
    const day = dayOf(at);
    return day >= this.oldest(now) && day <= dayOf(now) + AHEAD;
  }

  /** Makes the partitions of these times where they are missing. All must be {@link keeps kept}. */
  async make(times: Date[]): Promise<void> {
    const missing = [...new Set(times.map(dayOf))].filter((day) => !this.known.has(day));
    if (missing.length === 0) return;
    await this.alone(async (tx) => {
      for (const day of missing.sort((a, b) => a - b)) await tx.query(createStatement(day));
    });
    for (const day of missing) this.known.add(day);
  }

  /** Makes the partitions of today and the days to come, and drops those that are past retention. @returns the dropped */
  async maintain(now: Date): Promise<string[]> {
    const today = dayOf(now);
    await this.make(Array.from({ length: AHEAD + 1 }, (_, ahead) => new Date((today + ahead) * DAY_MS)));
    const old = (await this.existing()).filter(({ day }) => day < this.oldest(now));
    for (const { name, day } of old) {
      await this.alone((tx) => tx.query(`DROP TABLE IF EXISTS ${name}`));
      this.known.delete(day);
    }
    if (old.length > 0) logger.info({ partitions: old.map(({ name }) => name) }, 'old activity dropped');
    return old.map(({ name }) => name);
  }

  /** The start of the first day that is kept. */
  oldestKept(now: Date): Date {
    return new Date(this.oldest(now) * DAY_MS);
  }

  private oldest(now: Date): number {
    return dayOf(now) - this.retention;
  }

  private async existing(): Promise<{ name: string; day: number }[]> {
    const rows: { name: string }[] = await this.dataSource.query(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = 'activity'::regclass ORDER BY c.relname`,
    );
    return rows.flatMap(({ name }) => {
      const [, year, month, day] = NAME.exec(name) ?? [];
      return day === undefined ? [] : [{ name, day: dayOf(new Date(`${year}-${month}-${day}T00:00:00Z`)) }];
    });
  }

  private async alone(work: (tx: EntityManager) => Promise<unknown>): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await tx.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      await work(tx);
    });
  }
}

/** Days since 1970-01-01, UTC. */
function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS);
}

function createStatement(day: number): string {
  const date = (number: number) => new Date(number * DAY_MS).toISOString().slice(0, 10);
  const name = `activity_${date(day).replaceAll('-', '')}`;
  return `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF activity
          FOR VALUES FROM ('${date(day)}T00:00:00Z') TO ('${date(day + 1)}T00:00:00Z')`;
}
