import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '#events/envelope';
import { RabbitConnection } from '#rabbit/connection';
import { DIRECTORY_EVENTS } from '#rabbit/topology';
import { newId } from '#runtime/ids';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { createOutbox, firstHeard, hear, ids, numbered, type Outbox } from '../test/told.ts';
import { append } from './append.ts';
import { Relay } from './relay.ts';

let outbox: Outbox;
let vhost: TestVhost;
let connection: RabbitConnection;
let relay: Relay;
let heard: CloudEvent[];
let hearing: Awaited<ReturnType<typeof hear>>;
let tenant: string;

beforeAll(async () => {
  [outbox, vhost] = await Promise.all([createOutbox(), createVhost()]);
});

afterAll(() => Promise.all([outbox.drop(), vhost.drop()]));

beforeEach(async () => {
  tenant = newId();
  connection = new RabbitConnection(vhost.url, 'relay-spec');
  relay = new Relay(outbox.dataSource, connection, DIRECTORY_EVENTS);
  await relay.start();
  heard = [];
  hearing = await hear(vhost.url, DIRECTORY_EVENTS, (event) => heard.push(event));
});

afterEach(async () => {
  await hearing.stop();
  await relay.stop();
  await connection.close();
});

const tell = (...events: CloudEvent[]) => outbox.dataSource.transaction((tx) => append(tx, ...events));
const expectHeard = (...events: CloudEvent[]) =>
  eventually(() => expect(firstHeard(heard, tenant)).toEqual(ids(events)));

describe('the relay', () => {
  it('publishes what was committed, in order, and marks it', async () => {
    const events = numbered(tenant, 1_200);
    await tell(...events);
    await expectHeard(...events);
    await eventually(async () => expect(await outbox.waiting()).toEqual([]));
  });

  it('publishes nothing of a transaction that was rolled back', async () => {
    const [lost, kept] = numbered(tenant, 2) as [CloudEvent, CloudEvent];
    await outbox.dataSource
      .transaction(async (tx) => {
        await append(tx, lost);
        throw new Error('rolled back');
      })
      .catch(() => {});
    await tell(kept);
    await expectHeard(kept);
  });

  it('does not skip a transaction that took its position first and commits last', async () => {
    const [early, late] = numbered(tenant, 2) as [CloudEvent, CloudEvent];
    await outbox.dataSource.transaction(async (slow) => {
      await append(slow, early);
      await tell(late);
      await expectHeard(late);
    });
    await expectHeard(late, early);
  });

  it('is not held up by an unrelated transaction that stays open', async () => {
    const [event] = numbered(tenant, 1) as [CloudEvent];
    await outbox.dataSource.transaction(async (open) => {
      await open.query('SELECT pg_current_xact_id()');
      await tell(event);
      await expectHeard(event);
    });
  });

  it('leaves a partition to the one relay that holds it, and takes over when that one stops', async () => {
    const other = await outbox.open();
    const second = new Relay(other, connection, DIRECTORY_EVENTS);
    await second.start();
    const [before, after] = numbered(tenant, 2) as [CloudEvent, CloudEvent];
    await tell(before);
    await expectHeard(before);

    await relay.stop();
    await tell(after);
    await expectHeard(before, after);
    await second.stop();
    await other.destroy();
  });
});
