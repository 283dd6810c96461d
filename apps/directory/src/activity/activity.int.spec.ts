import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cursorAfter, type HandledRequest } from '#directory-api/activity';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import { example, SCIM_REQUEST_HANDLED, type ScimRequestHandled } from '#events/scim-request-handled.v1';
import { RabbitConnection } from '#rabbit/connection';
import type { Delivery } from '#rabbit/ordered-consumer';
import { EventPublisher } from '#rabbit/publisher';
import { type CommandContext, RabbitServer } from '#rabbit/server';
import { DIRECTORY_SCIM_REQUESTS, SCIM_REQUESTS, TENANT_HEADER } from '#rabbit/topology';
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
const published = async (tenant: string) => {
  const rows = await directory.dataSource.query('SELECT event::text FROM outbox WHERE tenant_id = $1', [tenant]);
  return JSON.stringify(rows);
};
const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);

async function partitions(): Promise<string[]> {
  const rows: { name: string }[] = await directory.dataSource.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'activity'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

describe('a record', () => {
  it('is kept as it was told', async () => {
    const { commands: _, ...shown } = example;
    const event = told({ requestId: 'okta-1', status: 400, scimType: 'invalidValue', detail: 'No.' });
    await store(event);
    expect(await list()).toEqual([
      {
        ...shown,
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

  it('is of errors, of a connection, of a resource, and until a time, each alone and together', async () => {
    const [connectionId, resourceId] = [newId(), newId()];
    const [old, failed, theirs, about] = [
      told({ time: daysAgo(3), status: 500, resourceId }),
      told({ status: 404 }),
      told({ connectionId }),
      told({ resourceId }),
    ];
    await store(old, failed, theirs, about);
    const ids = async (more?: object) => (await list(more)).map(({ id }) => id);
    expect(await ids({ errors: true })).toEqual([failed.id, old.id]);
    expect(await ids({ connectionId })).toEqual([theirs.id]);
    expect(await ids({ resourceId })).toEqual([about.id, old.id]);
    expect(await ids({ until: daysAgo(1).toISOString() })).toEqual([old.id]);
    expect(await ids({ resourceId, errors: true, status: '500', since: daysAgo(4).toISOString() })).toEqual([old.id]);
    expect(await ids({ resourceId, connectionId })).toEqual([]);
  });

  it('goes on where a page ended, by time and id, whatever arrives meanwhile', async () => {
    const days = [0, 0, 0, 0, 1, 1, 2].map((ago) => told({ time: daysAgo(ago) }));
    await store(...days);
    const seen: string[] = [];
    for (let before: object = {}; ; ) {
      const page = await list({ limit: 3, ...before });
      seen.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (!last) break;
      // As over the wire, where a time is text.
      before = { before: cursorAfter(JSON.parse(JSON.stringify(last))) };
      await store(told());
    }
    expect(seen).toEqual(days.toSorted((a, b) => (a.time + a.id < b.time + b.id ? 1 : -1)).map(({ id }) => id));
  });
});

describe('one request', () => {
  /** A team whose commands are told of as the gateway does. */
  async function setUp() {
    directory.clock.time = new Date();
    const team = await createTeam(directory);
    tenantId = team.tenantId;
    const show = async (method: string, commands: CommandContext[], more: Told = {}) => {
      const requestId = newId();
      await store(told({ requestId, method, commands: commands.map(({ commandId }) => commandId), ...more }));
      return activity.show({ tenantId, requestId });
    };
    return { team, show };
  }

  it('is shown with the events its command made happen, what they changed, and whether they are published', async () => {
    const { team, show } = await setUp();
    const [create, patch] = [command(), command()];
    const user = await team.createUser('ada@example.com', { title: 'Duke', password: 'swordfish' }, create);
    const id = String(user.id);
    await team.patchUser(
      id,
      [
        { op: 'replace', path: 'title', value: 'Countess' },
        { op: 'replace', path: 'active', value: false },
      ],
      patch,
    );
    await directory.dataSource.query('UPDATE outbox SET published_at = now() WHERE command_id = $1', [
      create.commandId,
    ]);

    const shown = await show('PATCH', [patch]);
    expect(shown.requests).toHaveLength(1);
    expect(shown.requests[0]).not.toHaveProperty('commands');
    const common = { id: expect.any(String), subject: `users/${id}`, at: directory.clock.time, published: false };
    expect(shown).toMatchObject({ eventCount: 2 });
    expect(shown.events).toEqual([
      {
        ...common,
        type: 'user.deactivated.v1',
        version: 2,
        changes: [{ path: 'active', before: 'true', after: 'false' }],
      },
      {
        ...common,
        type: 'user.updated.v1',
        version: 3,
        changes: [{ path: 'title', before: 'Duke', after: 'Countess' }],
      },
    ]);
    const { events } = await show('POST', [create]);
    expect(events).toMatchObject([{ type: 'user.created.v1', published: true }]);
    expect(events[0]?.changes).toContainEqual({ path: 'title', after: 'Duke' });
    expect(await published(tenantId)).not.toMatch(/Duke|Countess/);
  });

  it('of many commands is shown with the events of all, in order, those of no other command, and their number', async () => {
    const { team, show } = await setUp();
    const commands = Array.from({ length: 510 }, () => command());
    for (const [index, each] of commands.entries()) await team.createUser(`u${index}@example.com`, {}, each);
    await team.createUser('other@example.com', {}, command());
    const { events, eventCount } = await show('POST', commands);
    expect([events.length, eventCount]).toEqual([500, 510]);
    expect(events[0]?.changes).toContainEqual({ path: 'userName', after: 'u0@example.com' });
  });

  it('tells members as counts, and of a delete the name', async () => {
    const { team, show } = await setUp();
    const [ada, bo] = [await team.createUser('ada@example.com'), await team.createUser('bo@example.com')];
    const [create, remove] = [command(), command()];
    await team.createGroup('Sales', [String(ada.id), String(bo.id)], create);
    const { events } = await show('POST', [create]);
    expect(events.map(({ type, changes }) => [type, changes])).toEqual([
      ['group.created.v1', [{ path: 'displayName', after: 'Sales' }]],
      ['group.members_changed.v1', [{ path: 'members', after: '2 added' }]],
    ]);
    await directory.users.delete({ ...team.base, id: String(bo.id) }, remove);
    const deleted = await show('DELETE', [remove]);
    expect(deleted.events.map(({ changes }) => changes)).toEqual([[{ path: 'userName', before: 'bo@example.com' }]]);
  });

  it('that changed nothing has no event', async () => {
    const { team, show } = await setUp();
    const user = await team.createUser('ada@example.com', { title: 'Duke' });
    const same = command();
    await team.patchUser(String(user.id), [{ op: 'replace', path: 'title', value: 'Duke' }], same);
    expect(await show('PATCH', [same])).toMatchObject({ events: [], eventCount: 0 });
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

  it('takes what events changed off the outbox, and leaves the events', async () => {
    directory.clock.time = new Date();
    const team = await createTeam(directory);
    await team.createUser('ada@example.com');
    const kept = () =>
      directory.dataSource.query(
        `SELECT count(*)::int AS events, count(changes)::int AS changes FROM outbox
         WHERE tenant_id = $1 AND type = 'user.created.v1'`,
        [team.tenantId],
      );
    const [today, later] = [0, DAYS + 1].map((days) => new Date(Date.now() + days * DAY_MS)) as [Date, Date];
    const done = await activity.forgetChanges(today);
    expect(await kept()).toEqual([{ events: 1, changes: 1 }]);
    await activity.forgetChanges(later, done);
    expect(await kept()).toEqual([{ events: 1, changes: 0 }]);
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
