import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '#events/envelope';
import { leastIdAt, newId } from '#runtime/ids';
import { createOutbox, ids, manyTold, type Outbox, told } from '../test/told.ts';
import { append, eventsOfCommand } from './append.ts';
import { once } from './once.ts';
import { partitionInbox, partitionOutbox } from './partitioned-schema.ts';
import { inboxPartitions, outboxPartitions } from './retention.ts';
import { INBOX_TABLES, OUTBOX_TABLES } from './schema.ts';

const DAY_MS = 86_400_000;
const now = new Date();
const inDays = (days: number) => new Date(now.getTime() + days * DAY_MS);

let outbox: Outbox;

beforeEach(async () => {
  outbox = await createOutbox();
  await outbox.dataSource.query(INBOX_TABLES);
  await outbox.dataSource.query(partitionInbox(now));
});
afterEach(() => outbox.drop());

/** An event whose id was made at another time than now, as by a clock that is wrong. */
function toldAt(time: Date, tenantId = newId()): CloudEvent {
  return { ...told(tenantId), id: leastIdAt(time).slice(0, 13) + newId().slice(13) };
}

const tell = (...events: CloudEvent[]) => outbox.dataSource.transaction((tx) => append(tx, ...events));
const publishAll = () => outbox.dataSource.query('UPDATE outbox SET published_at = now()');

/** In which partition each event is. */
async function places(table = 'outbox', column = 'id'): Promise<Record<string, string>> {
  const rows: { id: string; place: string }[] = await outbox.dataSource.query(
    `SELECT ${column} AS id, tableoid::regclass::text AS place FROM ${table}`,
  );
  return Object.fromEntries(rows.map(({ id, place }) => [id, place]));
}

const nameOf = (time: Date) => `outbox_${time.toISOString().slice(0, 7).replace('-', '')}`;
const partitions = async (): Promise<string[]> => {
  const rows: { name: string }[] = await outbox.dataSource.query(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'outbox'::regclass ORDER BY 1",
  );
  return rows.map(({ name }) => name);
};

describe('the outbox', () => {
  it('takes an event of any time, and moves it to its month when there is one', async () => {
    const future = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2, 15));
    const [past, soon, far] = [toldAt(new Date('2001-01-01')), toldAt(future), toldAt(new Date('9999-01-01'))];
    await tell(past, soon, far);
    expect(await places()).toEqual({ [past.id]: 'outbox_first', [soon.id]: 'outbox_rest', [far.id]: 'outbox_rest' });
    await outboxPartitions(outbox.dataSource, 400).maintain(now);
    expect(await places()).toMatchObject({ [soon.id]: nameOf(future), [far.id]: 'outbox_rest' });
    expect(await outbox.waiting()).toEqual(ids([past, soon, far]));
  });

  it('has months made ahead, by several replicas at once, again and again', async () => {
    const replicas = Array.from({ length: 3 }, () => outboxPartitions(outbox.dataSource, 400));
    await Promise.all(replicas.map((each) => each.maintain(now)));
    const made = await partitions();
    expect(made).toHaveLength(5); // the first, the rest, and three ahead
    await Promise.all(replicas.map((each) => each.maintain(now)));
    expect(await partitions()).toEqual(made);
  });

  it('keeps published events for the days of retention and then drops them by the month', async () => {
    const keeping = outboxPartitions(outbox.dataSource, 400);
    await keeping.maintain(now);
    const [early, late] = [told(newId()), toldAt(inDays(62))];
    await tell(early, late);
    await publishAll();
    expect(await keeping.maintain(inDays(399))).toEqual([]);
    expect(Object.keys(await places()).sort()).toEqual(ids([early, late]).sort());
    expect(await keeping.maintain(inDays(432))).toContain('outbox_first');
    expect(Object.keys(await places())).toEqual([late.id]);
  });

  it('never drops what was not published', async () => {
    const keeping = outboxPartitions(outbox.dataSource, 1);
    const [event, ancient] = [told(newId()), toldAt(new Date('2001-01-01'))];
    await tell(event);
    await keeping.maintain(inDays(100));
    expect(await outbox.waiting()).toEqual([event.id]);
    await publishAll();
    await keeping.maintain(inDays(100));
    await tell(ancient);
    expect(await places()).toEqual({ [ancient.id]: 'outbox_rest' });
    await keeping.maintain(inDays(100));
    expect(await outbox.waiting()).toEqual([ancient.id]);
    await publishAll();
    await keeping.maintain(inDays(100));
    expect(await places()).toEqual({});
  });

  it('finds what a command told, also by a clock that is behind the gateway’s, and looks at its time only', async () => {
    await outboxPartitions(outbox.dataSource, 400).maintain(now);
    const event = toldAt(new Date(now.getTime() - 3_600_000));
    await tell(event, ...manyTold(newId(), 3));
    const told = await outbox.dataSource.transaction((tx) => eventsOfCommand(tx, event.tenantid, event.commandid));
    expect(ids(told)).toEqual([event.id]);
  });

  it('keeps the rows there were before it was partitioned, and goes on after their positions', async () => {
    await outbox.dataSource.query('DROP TABLE outbox');
    await outbox.dataSource.query(OUTBOX_TABLES);
    const before = [...manyTold(newId(), 3), toldAt(new Date('9999-01-01'))];
    await tell(...before);
    await outbox.dataSource.query(partitionOutbox(now));
    const after = manyTold(newId(), 2);
    await tell(...after);
    expect(await outbox.waiting()).toEqual(ids([...before, ...after]));
  });
});

describe('the inbox', () => {
  const apply = (...events: CloudEvent[]) => outbox.dataSource.transaction((tx) => once(tx, events));

  it('remembers an event of any time', async () => {
    const events = [toldAt(new Date('2001-01-01')), told(newId()), toldAt(new Date('9999-01-01'))];
    expect(await apply(...events)).toEqual(events);
    await inboxPartitions(outbox.dataSource, 430).maintain(now);
    expect(await apply(...events)).toEqual([]);
  });

  it('takes old events until it has forgotten some, and then refuses those from before instead of applying them twice', async () => {
    const old = [toldAt(inDays(-500)), toldAt(inDays(-500))] as [CloudEvent, CloudEvent];
    expect(await apply(old[0])).toEqual([old[0]]);
    const keeping = inboxPartitions(outbox.dataSource, 31);
    await keeping.maintain(inDays(100));
    expect(await places('inbox', 'event_id')).toEqual({});
    for (const event of old) {
      await expect(apply(told(newId()), event)).rejects.toMatchObject({ name: 'Rejection', eventId: event.id });
    }
    const young = toldAt(inDays(100));
    expect(await apply(young)).toEqual([young]);
  });
});
