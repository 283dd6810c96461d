import type { DataSource } from 'typeorm';
import { runComposed } from '#postgres/prepared';
import { Unavailable } from '#rabbit/answer';
import type { RabbitConnection } from '#rabbit/connection';
import { EventPublisher } from '#rabbit/publisher';
import { TENANT_HEADER } from '#rabbit/topology';
import type { PlanReplay, ReplayEvents, ReplayPlan, ReplayProgress } from './replay-command.ts';

/** Positions looked at in one step, and so the most events that are published before the next look. */
const STEP = 1_000;
/** A command works so long at most; whoever asks goes on with the next one. */
const BUDGET_MS = 2_000;

interface ReplayedRow {
  tenant_id: string;
  id: string;
  type: string;
  event: string;
  position: string;
}

/**
 * Publishes again what the outbox told once: the same ids, versions and bytes, in the order of the outbox. Events that are
 * still waiting are left to the relay, which would otherwise be overtaken.
 */
export class Replay {
  private readonly publisher: EventPublisher;
  private opened: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    connection: RabbitConnection,
    exchange: string,
  ) {
    this.publisher = new EventPublisher(connection, exchange);
  }

  /** What a replay would publish. */
  async plan(selection: PlanReplay): Promise<ReplayPlan> {
    const { text, values } = condition(selection);
    const rows: { type: string; count: number; first: string; last: string }[] = await this.dataSource.query(
      `SELECT type, count(*)::int AS count, min(position) AS first, max(position) AS last
       FROM outbox WHERE ${text} GROUP BY type ORDER BY type`,
      values,
    );
    return {
      types: rows.map(({ type, count }) => ({ type, count })),
      first: rows.length === 0 ? 0 : Math.min(...rows.map((row) => Number(row.first))),
      last: Math.max(0, ...rows.map((row) => Number(row.last))),
    };
  }

  /** @throws Unavailable when there is no broker to publish to */
  async run({ after, to, ...selection }: ReplayEvents): Promise<ReplayProgress> {
    this.opened ??= this.publisher.open();
    await this.opened;
    const end = performance.now() + BUDGET_MS;
    let position = after;
    let published = 0;
    while (position < to && performance.now() < end) {
      const upTo = Math.min(position + STEP, to);
      const rows = await this.read(selection, position, upTo);
      const { sent, problem } = await this.publish(rows);
      published += sent;
      if (problem) {
        const last = rows[sent - 1];
        return { published, position: last ? Number(last.position) : position, done: false, problem };
      }
      position = upTo;
    }
    return { published, position, done: position >= to };
  }

  private async read(selection: PlanReplay, after: number, upTo: number): Promise<ReplayedRow[]> {
    const { text, values } = condition(selection);
    const from = values.length + 1;
    return runComposed(
      this.dataSource.manager,
      `SELECT tenant_id, id, type, event::text AS event, position
       FROM outbox WHERE ${text} AND position > $${from} AND position <= $${from + 1} ORDER BY position`,
      [...values, after, upTo],
    );
  }

  /** @returns how many are safe, up to the first that is not */
  private async publish(rows: ReplayedRow[]): Promise<{ sent: number; problem?: string }> {
    if (rows.length === 0) return { sent: 0 };
    const outcomes = await this.publisher.publish(
      rows.map((row) => ({
        id: row.id,
        type: row.type,
        content: row.event,
        headers: { [TENANT_HEADER]: row.tenant_id },
      })),
    );
    const failed = outcomes.findIndex((outcome) => outcome !== undefined);
    if (failed === -1) return { sent: rows.length };
    const problem = outcomes[failed] ?? new Unavailable('the message broker did not take an event');
    return { sent: failed, problem: problem.message };
  }
}

function condition({ tenantId, types, since, until }: PlanReplay): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const parts = ['published_at IS NOT NULL'];
  const and = (value: unknown, part: (parameter: string) => string) => {
    if (value !== undefined) parts.push(part(`$${values.push(value)}`));
  };
  and(tenantId, (parameter) => `tenant_id = ${parameter}::uuid`);
  and(since, (parameter) => `occurred_at >= ${parameter}::timestamptz`);
  and(until, (parameter) => `occurred_at < ${parameter}::timestamptz`);
  and(types?.map(patternOf), (parameter) => `type ~ ANY(${parameter}::text[])`);
  return { text: parts.join(' AND '), values };
}

/** A routing key's pattern as a regular expression: `*` is a word, `#` is words. */
function patternOf(type: string): string {
  const pattern = type.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replaceAll('#', '.*');
  return `^${pattern}$`;
}
