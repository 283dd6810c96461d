import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  type CausedEvent,
  CURSOR_PATTERN,
  type HandledRequest,
  type ListActivity,
  type ShowActivity,
  type ShownActivity,
} from '#directory-api/activity';
import type { CloudEvent } from '#events/envelope';
import { readEvent, UnreadableEvent } from '#events/read-event';
import { SCIM_REQUEST_HANDLED, type ScimRequestHandled } from '#events/scim-request-handled.v1';
import { leastEventId } from '#outbox/append';
import { asColumns, type Prepared, run, unnested } from '#postgres/prepared';
import type { TimePartitions } from '#postgres/time-partitions';
import type { Delivery } from '#rabbit/ordered-consumer';
import { Clock } from '#runtime/clock';
import { leastIdAt } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { ScimError } from '#scim/error';
import { keepContact } from '../stale/contact.ts';
import { activityPartitions } from './partitions.ts';

/** Days that records are kept, as a provider. */
export class ActivityRetention {
  constructor(readonly days: number) {}
}

type Handled = CloudEvent<ScimRequestHandled>;

/** What the admin's log shows: each SCIM request of a known connection, once, for the days of retention. */
@Injectable()
export class ActivityService {
  readonly partitions: TimePartitions;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(ActivityRetention) { days }: ActivityRetention,
  ) {
    this.partitions = activityPartitions(dataSource, days);
  }

  /**
   * Keeps a batch in one statement, and whom it names in another; a record that is there already is not kept twice. What cannot be read or is past
   * retention is left out with a line in the log: a record is worth less than those behind it.
   *
   * @throws whatever is transient; then the batch can be kept again
   */
  async store(batch: Delivery[]): Promise<void> {
    const now = this.clock.now();
    const events = batch.flatMap(readHandled).filter(({ time }) => this.partitions.keeps(new Date(time), now));
    const left = batch.length - events.length;
    if (left > 0) logger.warn({ left }, 'records of requests were unreadable or past retention and are not kept');
    if (events.length === 0) return;
    await this.partitions.make(events.map(({ time }) => new Date(time)));
    const rows = events.map((event) => rowOf(event).map(storable));
    await run(this.dataSource.manager, STORE, asColumns(rows));
    await keepContact(this.dataSource.manager, events);
  }

  /** The conditions are written out for what is asked, so that each filter finds its index and the days its partitions. */
  async list({ limit, ...asked }: ListActivity): Promise<HandledRequest[]> {
    const { conditions, values } = where(asked);
    return this.dataSource.query(
      `SELECT ${SELECTED} FROM activity WHERE ${conditions.join(' AND ')}
       ORDER BY tenant_id DESC, at DESC, id DESC LIMIT $${values.length + 1}`,
      [...values, limit],
    );
  }

  /** @throws ScimError 404 no request of this id is kept */
  async show({ tenantId, requestId }: ShowActivity): Promise<ShownActivity> {
    const rows: (HandledRequest & { commands: string[] | null })[] = await this.dataSource.query(
      `SELECT ${SELECTED}, commands FROM activity WHERE tenant_id = $1 AND request_id = $2 ORDER BY at, id LIMIT $3`,
      [tenantId, requestId, MOST_SHOWN],
    );
    if (rows.length === 0) throw new ScimError(404, NOT_KEPT);
    const commands = rows.flatMap((row) => row.commands ?? []);
    return {
      requests: rows.map(({ commands: _, ...request }) => request),
      ...(await this.causedBy(tenantId, commands)),
    };
  }

  /**
   * Takes what events changed off the outbox once the requests behind them are past retention; the events stay.
   *
   * @param from what was made before it was taken off already
   * @returns until when it is done now
   */
  async forgetChanges(now: Date, from = new Date(0)): Promise<Date> {
    const until = this.partitions.oldestKept(now);
    await this.dataSource.query(
      `UPDATE outbox o SET changes = NULL FROM tenants t
       WHERE o.tenant_id = t.tenant_id AND o.id >= $1::uuid AND o.id < $2::uuid AND o.changes IS NOT NULL`,
      [leastIdAt(from), leastIdAt(until)],
    );
    return until;
  }

  private async causedBy(tenantId: string, commands: string[]): Promise<Omit<ShownActivity, 'requests'>> {
    const rows: (CausedEvent & { inAll: number })[] = await this.dataSource.query(
      `SELECT id, type, subject, (event->>'version')::int AS version, occurred_at AS at, changes,
              published_at IS NOT NULL AS published, count(*) OVER ()::int AS "inAll"
       FROM outbox WHERE tenant_id = $1 AND command_id = ANY($2::uuid[]) AND id >= $4 ORDER BY position LIMIT $3`,
      [tenantId, commands, MOST_EVENTS, commands.map(leastEventId).sort()[0]],
    );
    return { events: rows.map(({ inAll: _, ...event }) => event), eventCount: rows[0]?.inAll ?? 0 };
  }
}

const MOST_SHOWN = 20;

/** A bulk request makes a thousand happen, and more. */
const MOST_EVENTS = 500;

const NOT_KEPT =
  'No request of this id is kept for the tenant. It is in the X-Request-Id header of the answer; records arrive ' +
  'within seconds and are dropped after the days of ACTIVITY_RETENTION_DAYS.';

const SELECTED = `id, at, connection_id AS "connectionId", request_id AS "requestId", method, path,
  resource_type AS "resourceType", resource_id AS "resourceId", status, scim_type AS "scimType", detail, ms, client,
  dialect, warnings`;

const COLUMNS = [
  ['tenant_id', 'uuid'],
  ['at', 'timestamptz'],
  ['id', 'uuid'],
  ['connection_id', 'uuid'],
  ['request_id', 'text'],
  ['method', 'text'],
  ['path', 'text'],
  ['resource_type', 'text'],
  ['resource_id', 'uuid'],
  ['status', 'smallint'],
  ['scim_type', 'text'],
  ['detail', 'text'],
  ['ms', 'integer'],
  ['client', 'text'],
  ['dialect', 'text'],
  ['warnings', 'jsonb'],
  ['commands', 'jsonb'],
] as const;

/** The values of {@link COLUMNS}, in their order. */
function rowOf({ tenantid, time, id, requestid, data }: Handled): unknown[] {
  return [
    tenantid,
    time,
    id,
    data.connectionId,
    requestid,
    data.method,
    data.path,
    data.resourceType ?? null,
    data.resourceId ?? null,
    data.status,
    data.scimType ?? null,
    data.detail ?? null,
    data.ms,
    data.client,
    data.dialect,
    JSON.stringify(Object.fromEntries(Object.entries(data.warnings).map(([kind, count]) => [storable(kind), count]))),
    data.commands ? JSON.stringify(data.commands) : null,
  ];
}

/** Postgres takes no NUL and no half of a surrogate pair; one in a record must not hold up all that follow. */
function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\u0000', '\uFFFD').toWellFormed() : value;
}

const STORE: Prepared = {
  name: 'store_activity',
  text: `
INSERT INTO activity (${COLUMNS.map(([name]) => name).join(', ')})
SELECT * FROM ${unnested(COLUMNS.map(([, type]) => type))}
ON CONFLICT DO NOTHING`,
};

function readHandled({ content }: Delivery): Handled[] {
  try {
    const event = readEvent(content);
    return event.type === SCIM_REQUEST_HANDLED ? [event as Handled] : [];
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    return [];
  }
}

function where(asked: Omit<ListActivity, 'limit'>): { conditions: string[]; values: unknown[] } {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, ...given: unknown[]) => {
    conditions.push(condition.replace(/\?/g, () => `$${values.push(given.shift())}`));
  };
  add('tenant_id = ?', asked.tenantId);
  if (asked.status) add('status BETWEEN ? AND ?', ...['00', '99'].map((end) => asked.status?.replace('xx', end)));
  if (asked.errors) add('status >= 400');
  if (asked.connectionId) add('connection_id = ?', asked.connectionId);
  if (asked.resourceId) add('resource_id = ?', asked.resourceId);
  if (asked.since) add('at >= ?', asked.since);
  if (asked.until) add('at < ?', asked.until);
  const [, at, id] = CURSOR_PATTERN.exec(asked.before ?? '') ?? [];
  // The first says nothing new but which partitions to look at.
  if (at && id) add('at <= ? AND (at, id) < (?, ?)', at, at, id);
  return { conditions, values };
}
