import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { CloudEvent } from '#events/envelope';
import { append } from '#outbox/append';
import { Clock } from '#runtime/clock';
import { newId, timeOfId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { InvalidShape } from '#runtime/valid';
import { eventually } from '../../../../test/harness/eventually.ts';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { peopleCreated } from '../../test/directory-events.ts';
import { type Receiver, startReceiver, status } from '../../test/webhook-receiver.ts';
import { resealSecrets } from './reseal.ts';
import { askSystem } from './resolve.ts';
import { Seal } from './seal.ts';
import { WebhookSender } from './sender.ts';
import type { Resolve } from './target.ts';
import { settle } from './webhook-rows.ts';
import { WebhooksHttp } from './webhooks.http.ts';
import { WebhooksService } from './webhooks.service.ts';

class SetClock extends Clock {
  private time = Date.now();
  override now(): Date {
    return new Date(this.time);
  }
  pass(ms: number): void {
    this.time += ms;
  }
}

const HOUR_MS = 3_600_000;

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let receiver: Receiver;
let clock: SetClock;
let webhooks: WebhooksService;
let sender: WebhookSender;
let tenantId: string;

const rules = { insecure: true, resolve: askSystem };
const [KEY, OTHER_KEY] = [randomBytes(32), randomBytes(32)];
const seal = new Seal([KEY]);

beforeAll(async () => {
  database = await createBillingDatabase();
});
afterAll(() => database.drop());

beforeEach(async () => {
  await database.dataSource.query('DELETE FROM webhook_endpoint');
  tenantId = newId();
  receiver = await startReceiver();
  clock = new SetClock();
  webhooks = new WebhooksService(database.dataSource, clock, rules, seal);
  sender = newSender();
});
afterEach(async () => {
  await sender.stop();
  await receiver.stop();
});

describe('a webhook endpoint', () => {
  it('gets every event of its tenant from its start on, in order, signed, as it is in the outbox', async () => {
    await tell(2);
    const { secret } = await add();
    const told = await tell(120);
    await tell(5, newId());
    await allSent();
    expect(receiver.received.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
    expect(receiver.received.every((each) => each.isSignedWith(secret))).toBe(true);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual(told[0]);
    const [endpoint] = await webhooks.list(tenantId);
    expect(endpoint).toMatchObject({ state: 'active', attempts: 0, lastDeliveredAt: clock.now().toISOString() });
    expect(JSON.stringify(endpoint)).not.toContain(secret.slice(6));
  });

  it('gets what commits later than events after it, also once its cursor has moved on', async () => {
    await add();
    const late = database.dataSource.createQueryRunner();
    await late.startTransaction();
    const [lateEvent] = peopleCreated(tenantId, 1);
    await append(late.manager, ...(lateEvent ? [lateEvent] : []));
    const soon = await tell(2);
    await allSent();
    await moveCursor();
    expect(await cursorIsBehind()).toBe(true);
    await late.commitTransaction();
    await late.release();
    const later = await tell(1);
    await allSent();
    expect(ids()).toEqual([...soon, ...(lateEvent ? [lateEvent] : []), ...later].map(({ id }) => id));
    await moveCursor();
    await eventually(async () => {
      await moveCursor();
      expect(await cursorIsBehind()).toBe(false);
    });
    await allSent();
    expect(ids()).toHaveLength(4);
  });

  it('gets an event again, later and later, until it takes it; the next only then', async () => {
    await add();
    const told = await tell(2);
    receiver.answer = status(500);
    await sender.round();
    await sender.round();
    expect(ids()).toEqual([told[0]?.id]);
    expect(await webhooks.list(tenantId)).toMatchObject([
      { state: 'failing', attempts: 1, lastProblem: 'it answered 500' },
    ]);
    clock.pass(5_000);
    await sender.round();
    clock.pass(5_000);
    await sender.round();
    expect(ids()).toHaveLength(2);
    receiver.answer = status(200);
    clock.pass(5_000);
    await allSent();
    expect(ids()).toEqual([told[0], told[0], told[0], told[1]].map((event) => event?.id));
    expect(await webhooks.list(tenantId)).toMatchObject([{ state: 'active', attempts: 0, lastProblem: null }]);
  });

  it('is disabled when it failed for three days, and gets everything when it is enabled again', async () => {
    const { id } = await add();
    const told = await tell(3);
    receiver.answer = status(503);
    for (let hours = 0; hours < 71; hours++) {
      await sender.round();
      clock.pass(HOUR_MS);
    }
    expect(await webhooks.get({ tenantId, id })).toMatchObject({ state: 'failing' });
    clock.pass(2 * HOUR_MS);
    await sender.round();
    expect(await webhooks.get({ tenantId, id })).toMatchObject({
      state: 'disabled',
      disabledAt: clock.now().toISOString(),
      disabledBecause: 'it answered 503',
    });
    const attempts = ids().length;
    clock.pass(24 * HOUR_MS);
    await sender.round();
    expect(ids()).toHaveLength(attempts);
    await expect(webhooks.redeliver({ tenantId, id, since: '2026-01-01T00:00:00Z' })).rejects.toMatchObject({
      status: 409,
    });

    receiver.answer = status(200);
    const warn = jest.spyOn(logger, 'warn');
    await webhooks.enable({ tenantId, id });
    await allSent();
    expect(ids().slice(attempts)).toEqual(told.map((event) => event.id));
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('enabled when what it has not got is kept no more goes on with the oldest event there is, and that is in the log', async () => {
    clock.pass(-400 * 24 * HOUR_MS);
    const { id } = await add();
    const [dropped] = await tell(1);
    receiver.answer = status(410);
    await sender.round();
    await database.dataSource.query('DELETE FROM outbox WHERE id = $1', [dropped?.id]);
    const kept = await tell(2);

    clock.pass(400 * 24 * HOUR_MS);
    receiver.answer = status(200);
    const warn = jest.spyOn(logger, 'warn');
    await webhooks.enable({ tenantId, id });
    await allSent();
    await webhooks.enable({ tenantId, id });
    expect(ids()).toEqual([dropped, ...kept].map((event) => event?.id));
    const gap = { tenantId, endpointId: id, lastDeliveredAt: null, oldestKept: timeOfId(kept[0]?.id ?? '') };
    expect(warn.mock.calls).toEqual([[gap, expect.stringContaining('kept no more')]]);
    warn.mockRestore();
  });

  it('is disabled at once when it answers that it is gone', async () => {
    const { id } = await add();
    await tell(1);
    receiver.answer = status(410);
    await sender.round();
    expect(await webhooks.get({ tenantId, id })).toMatchObject({
      state: 'disabled',
      disabledBecause: 'it answered 410',
    });
  });

  it('is not followed elsewhere', async () => {
    await add();
    await tell(1);
    receiver.answer = (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end();
    await sender.round();
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook']);
    expect(await webhooks.list(tenantId)).toMatchObject([{ lastProblem: 'it answered 307' }]);
  });

  it('that answers with another protocol has not taken the event, and holds up nobody', async () => {
    await add();
    await tell(1);
    receiver.answer = (_request, response) => {
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    };
    await sender.round();
    expect(await webhooks.list(tenantId)).toMatchObject([{ state: 'failing', lastProblem: 'it answered 101' }]);
  });

  it('that never answers, or never ends, holds up no other', async () => {
    const hanging = await startReceiver();
    hanging.answer = () => {};
    const endless = await startReceiver();
    endless.answer = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', more);
      more();
    };
    const other = newId();
    await add(hanging.url);
    await add(receiver.url, other);
    await add(endless.url, other);
    await tell(1);
    const told = await tell(60, other);
    const patient = newSender({ patienceMs: 1_000 });
    await patient.round();
    await patient.round();
    expect(ids()).toEqual(told.map(({ id }) => id));
    expect(endless.received.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
    expect(await webhooks.list(tenantId)).toMatchObject([{ lastProblem: 'it did not answer within 1 s' }]);
    await Promise.all([hanging.stop(), endless.stop()]);
  });

  it('is served by one of several senders at a time', async () => {
    await add();
    const told = await tell(200);
    const senders = Array.from({ length: 4 }, () => newSender());
    await eventually(async () => {
      await Promise.all(senders.map((each) => each.round()));
      expect(ids()).toHaveLength(told.length);
    });
    expect(ids()).toEqual(told.map(({ id }) => id));
  });

  it('of a sender that vanished is served when the claim has run out', async () => {
    const { id } = await add();
    await tell(1);
    const hold = (interval: string) =>
      database.dataSource.query(
        `UPDATE webhook_endpoint SET claim = $2, claimed_until = clock_timestamp() + $3::interval WHERE id = $1`,
        [id, newId(), interval],
      );
    await hold('1 minute');
    await sender.round();
    expect(ids()).toEqual([]);
    await hold('-1 second');
    await sender.round();
    expect(ids()).toHaveLength(1);
  });

  it('gets on demand one event again, before all others, or all since a time', async () => {
    const { id } = await add();
    const told = await tell(3);
    await allSent();
    receiver.received.length = 0;
    expect(await webhooks.redeliver({ tenantId, id, eventId: told[1]?.id ?? '' })).toBe(1);
    const more = await tell(1);
    await allSent();
    expect(ids()).toEqual([told[1]?.id, more[0]?.id]);

    receiver.received.length = 0;
    expect(await webhooks.redeliver({ tenantId, id, since: '2020-01-01T00:00:00Z' })).toBe(4);
    await allSent();
    expect(ids()).toEqual([...told, ...more].map((event) => event.id));
    expect(await webhooks.redeliver({ tenantId, id, since: '2999-01-01T00:00:00Z' })).toBe(0);
    await expect(webhooks.redeliver({ tenantId, id, eventId: newId() })).rejects.toMatchObject({ status: 404 });
    await expect(webhooks.redeliver({ tenantId, id })).rejects.toMatchObject({ status: 400 });
  });

  it.each(['2026-W05', '20260131', '2026-01-31T12:00:00+01', '2026-01-31T12:00:00', '2026-02-30T00:00:00Z', null])(
    'is sent nothing again since %s, which names no instant: that is refused with what to send',
    async (since) => {
      const { id } = await add();
      await expect(new WebhooksHttp(webhooks).redeliver(tenantId, id, { since })).rejects.toEqual(
        new InvalidShape('RedeliverWebhook', [
          'since: since must be an instant such as 2026-01-31T12:00:00Z: a day that exists, a time and an offset',
        ]),
      );
    },
  );

  it('given another secret is signed for with both as long as asked, then with the new one alone', async () => {
    const { id, secret: before } = await add();
    const { secret, previousSecretUntil } = await webhooks.rotate({ tenantId, id, overlapHours: 2 });
    expect(previousSecretUntil).toBe(new Date(clock.now().getTime() + 2 * HOUR_MS).toISOString());
    const signatures = async () => {
      await tell(1);
      await allSent();
      return [before, secret].map((each) => receiver.received.at(-1)?.isSignedWith(each));
    };
    expect(await signatures()).toEqual([true, true]);
    clock.pass(2 * HOUR_MS);
    expect(await signatures()).toEqual([false, true]);
    await expect(webhooks.rotate({ tenantId, id: newId() })).rejects.toMatchObject({ status: 404 });
    await expect(webhooks.rotate({ tenantId: newId(), id })).rejects.toMatchObject({ status: 404 });
  });

  it('is signed for with the new secret alone at once when its owner wants no overlap', async () => {
    const { id, secret: before } = await add();
    const told = await tell(3);
    let rotated: Promise<{ secret: string }> | undefined;
    receiver.answer = async (request, response) => {
      rotated ??= webhooks.rotate({ tenantId, id, overlapHours: 0 });
      await rotated;
      status(204)(request, response);
    };
    await allSent();
    const secret = (await rotated)?.secret ?? '';
    expect(ids()).toEqual([told[0], ...told].map((event) => event?.id));
    expect(receiver.received.map((each) => [each.isSignedWith(before), each.isSignedWith(secret)])).toEqual([
      [true, false],
      ...told.map(() => [false, true]),
    ]);
    const [row] = await database.dataSource.query('SELECT previous_secret AS kept FROM webhook_endpoint');
    expect(row.kept).toBeNull();
  });

  it('has its secrets sealed in the database, by the key of now once billing has started with it', async () => {
    const before = await add();
    await webhooks.rotate({ tenantId, id: before.id });
    const kept = async (): Promise<Buffer[]> => {
      const [row] = await database.dataSource.query(
        'SELECT secret, previous_secret AS previous FROM webhook_endpoint WHERE id = $1',
        [before.id],
      );
      return [row.secret, row.previous];
    };
    const open = Buffer.from(before.secret.slice('whsec_'.length), 'base64');
    expect((await kept()).every((each) => each.length > open.length && !each.includes(open))).toBe(true);

    const next = new Seal([OTHER_KEY, KEY]);
    expect(await resealSecrets(database.dataSource, next)).toBe(1);
    expect(await resealSecrets(database.dataSource, next)).toBe(0);
    await tell(1);
    await newSender({ seal: new Seal([OTHER_KEY]) }).round();
    expect(receiver.received.map((each) => each.isSignedWith(before.secret))).toEqual([true]);
  });

  it('of before there was a key is sealed by the first one', async () => {
    const plain = new Seal([]);
    const { secret } = await new WebhooksService(database.dataSource, clock, rules, plain).add({
      tenantId,
      url: receiver.url,
    });
    expect(await resealSecrets(database.dataSource, plain)).toBe(0);
    expect(await resealSecrets(database.dataSource, seal)).toBe(1);
    await tell(1);
    await allSent();
    expect(receiver.received.map((each) => each.isSignedWith(secret))).toEqual([true]);
  });

  it('whose secret none of the keys opens says so, and gets everything once the key is there', async () => {
    const { id } = await add();
    const told = await tell(1);
    const others = newSender({ seal: new Seal([OTHER_KEY]) });
    await others.round();
    expect(await resealSecrets(database.dataSource, new Seal([OTHER_KEY]))).toBe(0);
    expect(await webhooks.get({ tenantId, id })).toMatchObject({
      state: 'failing',
      lastProblem: expect.stringContaining('WEBHOOK_KEYS'),
    });
    await others.stop();
    await webhooks.enable({ tenantId, id });
    await allSent();
    expect(ids()).toEqual(told.map((event) => event.id));
  });

  it('whose secret no key opens is signed for with the new one alone once that is rotated', async () => {
    const { id } = await add();
    const others = new Seal([OTHER_KEY]);
    const service = new WebhooksService(database.dataSource, clock, rules, others);
    const { secret } = await service.rotate({ tenantId, id });
    await tell(1);
    await newSender({ seal: others }).round();
    expect(receiver.received.map((each) => each.isSignedWith(secret))).toEqual([true]);
  });

  it('has the secret of now sealed by the first key, also beside one of before that no key opens', async () => {
    const { id } = await add();
    const others = new Seal([OTHER_KEY]);
    const service = new WebhooksService(database.dataSource, clock, rules, others);
    const { secret } = await service.rotate({ tenantId, id });
    const NEXT_KEY = randomBytes(32);
    expect(await resealSecrets(database.dataSource, new Seal([NEXT_KEY, OTHER_KEY]))).toBe(1);
    await tell(1);
    await newSender({ seal: new Seal([NEXT_KEY]) }).round();
    expect(receiver.received.map((each) => each.isSignedWith(secret))).toEqual([true]);
  });

  it('gets nothing any more when it is removed', async () => {
    const { id } = await add();
    await tell(1);
    await webhooks.remove({ tenantId, id });
    await sender.round();
    expect(ids()).toEqual([]);
    await expect(webhooks.remove({ tenantId, id })).rejects.toMatchObject({ status: 404 });
  });

  it('is one of twenty at most', async () => {
    for (let count = 0; count < 20; count++) await add();
    await expect(add()).rejects.toMatchObject({ status: 409 });
  });
});

describe('a target that is not public', () => {
  const strict = (resolve: Resolve) => ({ insecure: false, resolve });
  const nowhere: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];

  it('is refused when it is registered, also behind a name', async () => {
    const service = new WebhooksService(database.dataSource, clock, strict(nowhere), seal);
    for (const url of [receiver.url, 'https://127.0.0.1/', 'https://inside.example/']) {
      await expect(service.add({ tenantId, url })).rejects.toMatchObject({ status: 400 });
    }
    expect(await webhooks.list(tenantId)).toEqual([]);
  });

  it('is refused again when something is sent: no connection is made', async () => {
    const url = `https://public.example:${receiver.port}/hook`;
    const outside: Resolve = async () => [{ address: '93.184.215.14', family: 4 }];
    await new WebhooksService(database.dataSource, clock, strict(outside), seal).add({ tenantId, url });
    await tell(1);
    await newSender(strict(nowhere)).round();
    expect(await webhooks.list(tenantId)).toMatchObject([{ lastProblem: expect.stringContaining('not public') }]);
  });

  it('of a name that changes is the one that was checked', async () => {
    let asked = 0;
    const changing: Resolve = async () => [{ address: ['127.0.0.1', '192.0.2.1'][asked++] ?? '', family: 4 }];
    await add(`http://changing.example:${receiver.port}/hook`, tenantId, changing);
    asked = 0;
    await tell(3);
    await newSender({ insecure: true, resolve: changing }).round();
    expect(ids()).toHaveLength(3);
    expect(asked).toBe(1);
  });
});

function newSender(options = {}): WebhookSender {
  return new WebhookSender(database.dataSource, clock, { ...rules, seal, ...options });
}

function add(url = receiver.url, of = tenantId, resolve = askSystem) {
  return new WebhooksService(database.dataSource, clock, { ...rules, resolve }, seal).add({ tenantId: of, url });
}

/** Events into the outbox, each in a transaction of its own. */
async function tell(count: number, of = tenantId): Promise<CloudEvent[]> {
  const events = peopleCreated(of, count);
  for (const event of events) await database.dataSource.transaction((tx) => append(tx, event));
  return events;
}

/** Rounds until one sends nothing. */
async function allSent(): Promise<void> {
  for (let before = -1; before !== receiver.received.length; ) {
    before = receiver.received.length;
    await sender.round();
  }
}

function ids(): string[] {
  return receiver.received.map(({ id }) => id);
}

/** As if the mark had been set long ago. */
async function moveCursor(): Promise<void> {
  await settle(database.dataSource.manager);
  await database.dataSource.query(`UPDATE webhook_endpoint SET marked_at = marked_at - interval '1 minute'`);
  await settle(database.dataSource.manager);
}

async function cursorIsBehind(): Promise<boolean> {
  const [row] = await database.dataSource.query(
    `SELECT EXISTS (SELECT FROM webhook_delivered JOIN webhook_endpoint e ON e.id = endpoint_id
       WHERE position > after_position AND e.mark_position IS NOT NULL) AS behind`,
  );
  return row.behind;
}
