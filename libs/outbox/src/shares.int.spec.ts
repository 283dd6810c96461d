import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { RabbitConnection } from '#rabbit/connection';
import { DIRECTORY_EVENTS } from '#rabbit/topology';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { FaultyProxy } from '../../../test/harness/proxy.ts';
import { createOutbox, firstHeard, hear, ids, manyTold, type Outbox, tenantOf } from '../test/told.ts';
import { append } from './append.ts';
import { PARTITIONS } from './partition.ts';
import { Relay } from './relay.ts';

const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);

let outbox: Outbox;
let vhost: TestVhost;
let ends: (() => Promise<unknown>)[];
let heard: CloudEvent[];
/** of the relays, in the order in which they were started */
let sources: DataSource[];

beforeEach(async () => {
  ends = [];
  heard = [];
  sources = [];
  [outbox, vhost] = await Promise.all([createOutbox(), createVhost()]);
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  await outbox.drop();
  await vhost.drop();
});

/** A relay as in a process of its own. */
async function startRelay(url = outbox.url): Promise<Relay> {
  const dataSource = await outbox.open(url);
  sources.push(dataSource);
  const connection = new RabbitConnection(vhost.url, 'shares-spec');
  const relay = new Relay(dataSource, connection, DIRECTORY_EVENTS);
  await relay.start();
  ends.push(async () => {
    await relay.stop();
    await connection.close();
    await dataSource.destroy();
  });
  return relay;
}

async function startHearing() {
  const { stop } = await hear(vhost.url, DIRECTORY_EVENTS, (event) => heard.push(event));
  ends.push(stop);
}

const counts = (relays: Relay[]) => relays.map(({ partitions }) => partitions.length).sort((a, b) => a - b);
const together = (relays: Relay[]) => relays.flatMap(({ partitions }) => partitions).sort((a, b) => a - b);

/** Appends events of a tenant in each partition until told to stop. @returns what ends it and gives what was appended */
function keepTelling(): () => Promise<Map<string, string[]>> {
  const appended = new Map(ALL.map((partition) => [tenantOf(partition), [] as string[]]));
  let going = true;
  const telling = (async () => {
    while (going) {
      for (const [tenantId, told] of appended) {
        const events = manyTold(tenantId, 3);
        await outbox.dataSource.transaction((tx) => append(tx, ...events));
        told.push(...ids(events));
      }
    }
  })();
  return async () => {
    going = false;
    await telling;
    return appended;
  };
}

async function expectAllInOrder(appended: Map<string, string[]>) {
  await eventually(() => {
    for (const [tenantId, told] of appended) expect(firstHeard(heard, tenantId)).toEqual(told);
  });
  await eventually(async () => expect(await outbox.waiting()).toEqual([]));
}

/** The sessions, by process id, that hold these partitions. */
async function holdersOf(partitions: number[]): Promise<number[]> {
  const rows: { pid: number }[] = await outbox.dataSource.query(
    `SELECT DISTINCT pid FROM pg_locks
     WHERE locktype = 'advisory' AND classid = ${0x0b0c} AND objsubid = 2 AND granted AND objid::int = ANY($1::int[])
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [partitions],
  );
  return rows.map(({ pid }) => pid);
}

describe('the relays of a database', () => {
  it('share the partitions alike, each held by one, and hear of each other’s commits', async () => {
    await startHearing();
    const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
    await eventually(() => {
      expect(counts(relays)).toEqual([5, 5, 6]);
      expect(together(relays)).toEqual(ALL);
    });
    const events = ALL.map((partition) => manyTold(tenantOf(partition), 1)[0] as CloudEvent);
    await sources[0]?.transaction((tx) => append(tx, ...events));
    await eventually(() => expect([...new Set(ids(heard))].sort()).toEqual(ids(events).sort()));
  });

  it('leave a new one its share and take it over when it stops, in order and without a gap', async () => {
    await startHearing();
    const first = await startRelay();
    const stopTelling = keepTelling();
    const second = await startRelay();
    const third = await startRelay();
    await eventually(() => expect(counts([first, second, third])).toEqual([5, 5, 6]));
    await first.stop();
    await eventually(() => expect(counts([second, third])).toEqual([8, 8]));
    await second.stop();
    await eventually(() => expect(third.partitions).toEqual(ALL));
    await expectAllInOrder(await stopTelling());
  });

  it('take over what a session held that was ended, and share again when its relay comes back', async () => {
    await startHearing();
    const relays = [await startRelay(), await startRelay()];
    await eventually(() => expect(counts(relays)).toEqual([8, 8]));
    const stopTelling = keepTelling();
    for (let round = 0; round < 3; round += 1) {
      const holders = await holdersOf([round]);
      await outbox.dataSource.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [holders]);
      await eventually(async () => expect((await holdersOf(ALL)).filter((pid) => holders.includes(pid))).toEqual([]));
      await eventually(() => expect(together(relays)).toEqual(ALL));
    }
    await eventually(() => {
      expect(counts(relays)).toEqual([8, 8]);
      expect(together(relays)).toEqual(ALL);
    });
    await expectAllInOrder(await stopTelling());
  });

  it('take over from one that is cut off and that Postgres believes to be there', async () => {
    await startHearing();
    const proxy = new FaultyProxy(new URL(outbox.url));
    await proxy.listen();
    const cutOff = await startRelay(proxy.url(outbox.url));
    const other = await startRelay();
    await eventually(() => expect(counts([cutOff, other])).toEqual([8, 8]));
    const [dead] = await holdersOf(cutOff.partitions);
    const stopTelling = keepTelling();
    proxy.hold();
    await eventually(async () => {
      const holders = await holdersOf(ALL);
      expect(holders).not.toContain(dead);
      expect(together([cutOff, other])).toEqual(ALL);
    });
    await expectAllInOrder(await stopTelling());
    await proxy.close();
  });
});
