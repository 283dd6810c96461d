import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CausedEvent, HandledRequest, ListActivity, ShowActivity, ShownActivity } from '#directory-api/activity';
import type { CloudEvent } from '#events/envelope';
import { readEvent, UnreadableEvent } from '#events/read-event';
import { SCIM_REQUEST_HANDLED, type ScimRequestHandled } from '#events/scim-request-handled.v1';
import { type Prepared, run } from '#postgres/prepared';
import type { Delivery } from '#rabbit/ordered-consumer';
import { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { ScimError } from '#scim/error';
import { Partitions } from './partitions.ts';

/** Days that records are kept, as a provider. */
export class ActivityRetention {
  constructor(readonly days: number) {}
}

type Handled = CloudEvent<ScimRequestHandled>;

/** What the admin's log shows: each SCIM request of a known connection, once, for the days of retention. */
@Injectable()
export class ActivityService {
  readonly partitions: Partitions;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(ActivityRetention) { days }: ActivityRetention,
  ) {
    this.partitions = new Partitions(dataSource, days);
  }

  /**
   * Keeps a batch in one statement; a record that is there already is not kept twice. What cannot be read or is past
   * retention is left out with a line in the log: a record is worth less than those behind it.
   *
   * @throws whatever is transient; then nothing of the batch was kept
   */
  async store(batch: Delivery[]): Promise<void> {
    const now = this.clock.now();
    const events = batch.flatMap(readHandled).filter(({ time }) => this.partitions.keeps(new Date(time), now));
    const left = batch.length - events.length;
    if (left > 0) logger.warn({ left }, 'records of requests were unreadable or past retention and are not kept');
    if (events.length === 0) return;
    await this.partitions.make(events.map(({ time }) => new Date(time)));
    const rows = events.map((event) => rowOf(event).map(storable));
    await run(
      this.dataSource.manager,
      STORE,
      COLUMNS.map((_, column) => rows.map((row) => row[column])),
    );
  }

  async list({ tenantId, status, since, limit }: ListActivity): Promise<HandledRequest[]> {
    const [least, most] = statuses(status);
    return this.dataSource.query(
      `SELECT ${SELECTED} FROM activity
       WHERE tenant_id = $1 AND status BETWEEN $2 AND $3 AND at >= $4
       ORDER BY tenant_id DESC, at DESC, id DESC LIMIT $5`,
      [tenantId, least, most, since ?? '-infinity', limit],
    );
  }

  /** @throws ScimError 404 no request of this id is kept */
  async show({ tenantId, requestId }: ShowActivity): Promise<ShownActivity> {
    const requests: HandledRequest[] = await this.dataSource.query(
      `SELECT ${SELECTED} FROM activity WHERE tenant_id = $1 AND request_id = $2 ORDER BY at, id LIMIT $3`,
      [tenantId, requestId, MOST_SHOWN],
    );
    if (requests.length === 0) throw new ScimError(404, NOT_KEPT);
    const events = await Promise.all(requests.map((request) => this.causedBy(tenantId, request)));
    const seen = new Map(events.flat().map((event) => [event.id, event]));
    return { requests, events: [...seen.values()] };
  }

  /**
   * The events told under the request's id. The outbox has no index on that, but its ids are UUIDv7: only those made
   * about when the request was handled are looked at.
   */
  private async causedBy(tenantId: string, { requestId, at, ms }: HandledRequest): Promise<CausedEvent[]> {
    const began = new Date(at).getTime();
    const [first, last] = [idAt(began - MARGIN_MS), idAt(began + ms + MARGIN_MS)];
    return this.dataSource.query(
      `SELECT id, type, subject, (event->>'version')::int AS version, occurred_at AS at, event->'data'->'changed' AS changed
       FROM outbox WHERE tenant_id = $1 AND id BETWEEN $2::uuid AND $3::uuid AND event->>'requestid' = $4
       ORDER BY position`,
      [tenantId, first, last, requestId],
    );
  }
}

const MOST_SHOWN = 20;

/** What clocks may differ by, and a command delivered again may come later. */
const MARGIN_MS = 60_000;

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
SELECT * FROM unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})
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

function statuses(status: string | undefined): [least: number, most: number] {
  if (status === undefined) return [100, 599];
  return [Number(status.replace('xx', '00')), Number(status.replace('xx', '99'))];
}

/** The least UUID that a UUIDv7 of this time can be. */
function idAt(ms: number): string {
  const hex = Math.max(ms, 0).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
