import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HandledRequest } from '#directory-api/activity';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { example, SCIM_REQUEST_HANDLED, type ScimRequestHandled } from '#events/scim-request-handled.v1';
import { RabbitConnection } from '#rabbit/connection';
import type { Delivery } from '#rabbit/ordered-consumer';
import { EventPublisher } from '#rabbit/publisher';
import { RabbitServer } from '#rabbit/server';
import { DIRECTORY_SCIM_REQUESTS, SCIM_REQUESTS, TENANT_HEADER } from '#rabbit/topology';
import { withCorrelation } from '#runtime/correlation';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../../test/harness/broker.ts';
import { eventually } from '../../../../test/harness/eventually.ts';
import { command, createDirectory, createTeam, type Directory } from '../../test/directory.ts';
import { ActivityRetention, ActivityService } from './activity.service.ts';

const DAYS = 90;
const DAY_MS = 86_400_000;

let directory: Directory;
let activity: ActivityService;
let tenantId: string;
let now: Date;

beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

beforeEach(() => {
  tenantId = newId();
  now = directory.clock.time;
  activity = new ActivityService(directory.dataSource, directory.clock, new ActivityRetention(DAYS));
});
afterEach(() => {
  directory.clock.time = now;
});

interface Told extends Partial<ScimRequestHandled> {
  time?: Date;
  requestId?: string;
}

function told({ time = directory.clock.time, requestId = newId(), ...data }: Told = {}) {
  return cloudEvent<ScimRequestHandled>({
    source: 'rollcall/scim-gateway',
    type: SCIM_REQUEST_HANDLED,
    tenantId,
    subject: `requests/${requestId}`,
    version: 1,
    time,
    cause: { commandId: newId(), requestId, actor: `connection:${example.connectionId}` },
    data: { ...example, ...data },
  });
}

const delivery = (content: string): Delivery => ({
  content: Buffer.from(content),
  headers: { [TENANT_HEADER]: tenantId },
  type: SCIM_REQUEST_HANDLED,
  messageId: undefined,
});
const store = (...events: CloudEvent[]) => activity.store(events.map((event) => delivery(JSON.stringify(event))));
const list = (more: object = {}): Promise<HandledRequest[]> => activity.list({ tenantId, limit: 100, ...more });
const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);

async function partitions(): Promise<string[]> {
  const rows: { name: string }[] = await directory.dataSource.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'activity'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

describe('a record', () => {
  it('is kept as it was told', async () => {
    const event = told({ requestId: 'okta-1', status: 400, scimType: 'invalidValue', detail: 'No.' });
    await store(event);
    expect(await list()).toEqual([
      {
        ...example,
        id: event.id,
        at: now,
        requestId: 'okta-1',
        status: 400,
        scimType: 'invalidValue',
        detail: 'No.',
      },
    ]);
  });

  it('is kept once, in one batch, in two, and by two replicas at once', async () => {
    const events = [told(), told()];
    await store(...events, ...events);
    await Promise.all([store(...events), store(...events)]);
    expect(await list()).toHaveLength(2);
  });

  it('that is no event, or another one, holds up nothing', async () => {
    const good = told();
    const other = { ...told(), type: 'user.created.v1' };
    const odd = told({ detail: 'a\u0000b\uD800', warnings: { '\u0000': 1 } });
    await activity.store([
      delivery('{'),
      delivery(JSON.stringify(other)),
      ...[good, odd].map((each) => delivery(JSON.stringify(each))),
    ]);
    expect((await list()).map(({ id }) => id).sort()).toEqual([good.id, odd.id].sort());
  });

  it('of a day that has no partition yet makes one; past retention, or far ahead, it is left out', async () => {
    const old = told({ time: daysAgo(DAYS) });
    await store(old, told({ time: daysAgo(DAYS + 1) }), told({ time: daysAgo(-400) }));
    expect((await list()).map(({ id }) => id)).toEqual([old.id]);
  });
});

describe('the list', () => {
  it('is newest first, within the limit, by status and since', async () => {
    const [first, second, third] = [
      told({ time: daysAgo(2), status: 409 }),
      told({ time: daysAgo(1) }),
      told({ status: 404 }),
    ];
    await store(second, third, first);
    const ids = async (more?: object) => (await list(more)).map(({ id }) => id);
    expect(await ids()).toEqual([third.id, second.id, first.id]);
    expect(await ids({ limit: 1 })).toEqual([third.id]);
    expect(await ids({ status: '4xx' })).toEqual([third.id, first.id]);
    expect(await ids({ status: '409' })).toEqual([first.id]);
    expect(await ids({ since: daysAgo(1).toISOString() })).toEqual([third.id, second.id]);
    expect(await activity.list({ tenantId: newId(), limit: 100 })).toEqual([]);
  });
});

describe('one request', () => {
  it('is shown with the events it made happen, and no value of them', async () => {
    directory.clock.time = new Date();
    const team = await createTeam(directory);
    tenantId = team.tenantId;
    const as = <T>(requestId: string, work: () => Promise<T>) => withCorrelation({ requestId }, work);
    const user = await as('r-1', () => team.createUser('ada@example.com', {}, command()));
    await as('r-2', () => team.patchUser(String(user.id), [{ op: 'replace', path: 'title', value: 'Countess' }]));
    await store(told({ requestId: 'r-1' }), told({ requestId: 'r-2' }));

    const shown = await activity.show({ tenantId, requestId: 'r-2' });
    expect(shown.requests).toHaveLength(1);
    expect(shown.events).toEqual([
      {
        id: expect.any(String),
        type: 'user.updated.v1',
        subject: `users/${user.id}`,
        version: 2,
        at: expect.any(Date),
        changed: ['title'],
      },
    ]);
    expect(JSON.stringify(shown)).not.toMatch(/Countess|ada@/);
  });

  it('that is not kept is 404, in whichever tenant else it is', async () => {
    await store(told({ requestId: 'r-3' }));
    await expect(activity.show({ tenantId: newId(), requestId: 'r-3' })).rejects.toMatchObject({ status: 404 });
  });
});

describe('retention', () => {
  it('makes partitions ahead and drops those past it, whole, with two replicas at once', async () => {
    await store(told({ time: daysAgo(10) }), told());
    directory.clock.time = new Date(now.getTime() + (DAYS - 9) * DAY_MS);
    const other = new ActivityService(directory.dataSource, directory.clock, new ActivityRetention(DAYS));
    const at = directory.clock.now();
    const dropped = await Promise.all([activity, other].map(({ partitions }) => partitions.maintain(at)));
    expect(dropped.flat()).toContain('activity_20260121');
    expect(await list()).toHaveLength(1);
    const left = await partitions();
    expect(left).not.toContain('activity_20260121');
    expect(left).toContain('activity_20260429');
    expect(await activity.partitions.maintain(at)).toEqual([]);
  });

  it('gives up behind a long query instead of holding up everybody, and comes again', async () => {
    const reader = directory.dataSource.createQueryRunner();
    await reader.startTransaction();
    await reader.query('SELECT count(*) FROM activity');
    const later = new Date(now.getTime() + 200 * DAY_MS);
    await expect(activity.partitions.maintain(later)).rejects.toMatchObject({ code: '55P03' });
    await reader.rollbackTransaction();
    await reader.release();
    await activity.partitions.maintain(later);
    expect(await partitions()).toContain('activity_20260826');
  });
});

describe('over the broker', () => {
  let vhost: TestVhost;
  beforeAll(async () => {
    vhost = await createVhost();
  });
  afterAll(() => vhost.drop());

  it('records wait in a durable queue until the directory is there', async () => {
    const connection = new RabbitConnection(vhost.url, 'activity-spec');
    const publisher = new EventPublisher(connection, SCIM_REQUESTS);
    await publisher.open();
    const outgoing = Array.from({ length: 250 }, () => told()).map((event) => ({
      id: event.id,
      type: event.type,
      content: JSON.stringify(event),
      headers: { [TENANT_HEADER]: tenantId },
    }));
    expect((await publisher.publish([...outgoing, ...outgoing])).every((failure) => failure === undefined)).toBe(true);

    const server = new RabbitServer(connection, {
      commands: { queue: 'spec.commands', prefetch: 1 },
      subscriptions: [DIRECTORY_SCIM_REQUESTS],
    });
    server.addHandler(DIRECTORY_SCIM_REQUESTS.name, async (batch) => activity.store(batch) as never, true);
    await new Promise<void>((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
    await eventually(async () => expect(await list({ limit: 1_000 })).toHaveLength(250));
    await server.close();
    await connection.close();
  });
});
