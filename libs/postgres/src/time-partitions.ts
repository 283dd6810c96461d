import type { DataSource, EntityManager } from 'typeorm';
import { logger } from '#runtime/logger';

const DAY_MS = 86_400_000;

/** Advisory lock of whoever makes or drops partitions: two replicas must not do so at once. */
const LOCK = 0x0ac7;

/**
 * Making or dropping a partition locks the whole table for a moment. Behind somebody's long query it would wait, and
 * everybody else behind it: it gives up instead and is tried again.
 */
const LOCK_TIMEOUT = '2s';

/** A table that is partitioned by time. */
export interface TimePartitioned {
  table: string;
  every: 'day' | 'month';
  /** periods made ahead: a process that cannot make them for a while still finds them */
  ahead: number;
  /** days that a row is kept at least */
  retention: number;
  /** a time as a value of the column that it is partitioned by, and back; undefined for one that is no time */
  bound: (at: Date) => string;
  timeOf: (bound: string) => Date | undefined;
  /**
   * The column, where the table has a DEFAULT partition, `<table>_rest`, for rows of a time that has none of its own. It is
   * not needed while clocks are right, and keeps an insert from failing when one is not.
   */
  rest?: { column: string };
  /** SQL condition of rows that must not be dropped whatever their age */
  unless?: string;
  /** Called in the transaction that drops what is older than `before`. */
  onDrop?: (tx: EntityManager, before: Date) => Promise<unknown>;
}

interface Existing {
  name: string;
  /** -Infinity: all that is older */
  from: number;
  to: number;
}

/** The partitions of a table: one for each day or month, UTC, kept for so many days and then dropped whole. */
export class TimePartitions {
  /** starts of periods that are known to have a partition */
  private readonly known = new Set<number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: TimePartitioned,
  ) {}

  /** True for a time that is kept and not absurdly far ahead, as of `now`. */
  keeps(at: Date, now: Date): boolean {
    const start = this.start(at, 0);
    return start >= this.oldestKept(now).getTime() && start <= this.start(now, this.options.ahead);
  }

  /** Makes the partitions of these times where they are missing. */
  async make(times: Date[]): Promise<void> {
    const missing = [...new Set(times.map((at) => this.start(at, 0)))].filter((start) => !this.known.has(start));
    if (missing.length === 0) return;
    await this.alone(async (tx) => {
      const existing = await this.existing(tx);
      for (const from of missing.sort((a, b) => a - b)) {
        const to = this.start(new Date(from), 1);
        if (!existing.some((each) => each.from < to && from < each.to)) await this.create(tx, from, to);
      }
    });
    for (const start of missing) this.known.add(start);
  }

  /** Makes the partitions of now and the times to come, and drops those that are past retention. @returns the dropped */
  async maintain(now: Date): Promise<string[]> {
    const { table, ahead, onDrop } = this.options;
    const periods = Array.from({ length: ahead + 1 }, (_, period) => new Date(this.start(now, period)));
    await this.make(periods);
    const before = this.oldestKept(now);
    const old = (await this.existing(this.dataSource.manager)).filter(({ to }) => to <= before.getTime());
    const dropped: string[] = [];
    for (const { name, from } of old) {
      const gone = await this.alone(async (tx) => {
        if (await mustStay(tx, name, this.options.unless)) return false;
        await tx.query(`DROP TABLE IF EXISTS ${name}`);
        await onDrop?.(tx, before);
        return true;
      });
      if (!gone) continue;
      this.known.delete(from);
      dropped.push(name);
    }
    await this.clearRest(before);
    if (dropped.length > 0) logger.info({ table, partitions: dropped }, 'old partitions dropped');
    return dropped;
  }

  /** The start of the first period that is kept. */
  oldestKept(now: Date): Date {
    return new Date(this.start(new Date(now.getTime() - this.options.retention * DAY_MS), 0));
  }

  /** Start of the period of a time, or of so many after it, in milliseconds. */
  private start(at: Date, periodsOn: number): number {
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
    return this.options.every === 'day' ? Date.UTC(year, month, day + periodsOn) : Date.UTC(year, month + periodsOn);
  }

  private async existing(tx: EntityManager): Promise<Existing[]> {
    const rows: { name: string; bounds: string }[] = await tx.query(
      `SELECT c.oid::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass ORDER BY 1`,
      [this.options.table],
    );
    return rows.flatMap(({ name, bounds }) => {
      const [, from, to] = BOUNDS.exec(bounds) ?? [];
      const end = to === undefined ? undefined : this.options.timeOf(to);
      if (!end) return [];
      const start = from === undefined ? undefined : this.options.timeOf(from);
      return [{ name, from: start?.getTime() ?? Number.NEGATIVE_INFINITY, to: end.getTime() }];
    });
  }

  /** Made beside the table and then attached, which holds up no reader and no writer; rows of its time move in from the rest. */
  private async create(tx: EntityManager, from: number, to: number): Promise<void> {
    const { table, every, bound, rest } = this.options;
    const name = `${table}_${new Date(from)
      .toISOString()
      .slice(0, every === 'day' ? 10 : 7)
      .replaceAll('-', '')}`;
    const [lower, upper] = [from, to].map((time) => `'${bound(new Date(time))}'`);
    await tx.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)`);
    if (rest) {
      await tx.query(`LOCK TABLE ${table}_rest IN ACCESS EXCLUSIVE MODE`);
      await tx.query(`
        WITH moved AS (
          DELETE FROM ${table}_rest WHERE ${rest.column} >= ${lower} AND ${rest.column} < ${upper} RETURNING *)
        INSERT INTO ${name} SELECT * FROM moved`);
    }
    await tx.query(`ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM (${lower}) TO (${upper})`);
  }

  private async clearRest(before: Date): Promise<void> {
    const { table, bound, rest, unless } = this.options;
    if (!rest) return;
    await this.dataSource.query(
      `DELETE FROM ${table}_rest WHERE ${rest.column} < $1 AND NOT coalesce(${unless ?? 'false'}, false)`,
      [bound(before)],
    );
  }

  private alone<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      return work(tx);
    });
  }
}

/** As Postgres writes them: `FOR VALUES FROM ('…') TO ('…')`; a first partition has `MINVALUE`, the DEFAULT one none. */
const BOUNDS = /^FOR VALUES FROM \((?:'(.*)'|MINVALUE)\) TO \('(.*)'\)$/;

/** Somebody else may have dropped it. */
async function mustStay(tx: EntityManager, partition: string, unless: string | undefined): Promise<boolean> {
  const [there] = await tx.query<{ is: boolean }[]>('SELECT to_regclass($1) IS NOT NULL AS is', [partition]);
  if (!unless || !there?.is) return false;
  const rows: object[] = await tx.query(`SELECT 1 FROM ${partition} WHERE ${unless} LIMIT 1`);
  if (rows.length === 0) return false;
  logger.error({ partition }, 'a partition is past retention and holds rows that must not be dropped: it stays');
  return true;
}
