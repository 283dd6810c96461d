import type { World } from './cases/world.ts';

/** How long the events of a round took to reach the ledger, from the directory's clock to billing's, ms. */
export interface Lag {
  lines: number;
  p50: number;
  p99: number;
}

/** What a round set in motion, all of it, until nothing of it was left to do. */
export interface Observation {
  /** CPU seconds by process */
  cpu: Record<string, number>;
  /** of rounds that change seats */
  lag?: Lag;
  /** from the last answer until billing had every seat and no event waited, ms */
  caughtUpMs?: number;
}

/** A server under test, running. */
export interface Target {
  readonly name: 'system' | 'baseline';
  readonly world: World;
  /** Starts watching; what it returns waits until all is done and tells. */
  observe(): Promise<() => Promise<Observation>>;
  /** Brings Postgres's statistics up to date, as autovacuum does within minutes: without them it plans for empty tables. */
  analyze(): Promise<void>;
  stop(): Promise<void>;
}
