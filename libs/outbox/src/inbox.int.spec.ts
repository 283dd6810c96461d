import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import { type CloudEvent, cloudEvent } from '#events/envelope';
import type { Delivery } from '#rabbit/ordered-consumer';
import { TENANT_HEADER } from '#rabbit/topology';
import { newId } from '#runtime/ids';
import { createDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { DISCARDED_TABLE, discardParked, listDiscarded } from './discard.ts';
import { applyInOrder, replayParked } from './inbox.ts';
import { findParked, listParked } from './parking.ts';
import { partitionInbox } from './partitioned-schema.ts';
import { Rejection } from './rejection.ts';
import { INBOX_TABLES } from './schema.ts';

let database: TestDatabase;
let dataSource: DataSource;
let tenant: string;
let rejected: Set<string>;

beforeAll(async () => {
  database = await createDatabase();
  dataSource = await new DataSource({ type: 'postgres', url: database.url, poolSize: 4 }).initialize();
  await dataSource.query(INBOX_TABLES + DISCARDED_TABLE);
  await dataSource.query(partitionInbox(new Date()));
  await dataSource.query('CREATE TABLE applied (position serial, tenant_id uuid, name text)');
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

beforeEach(() => {
  tenant = newId();
  rejected = new Set();
});

/** Writes down each event's name; rejects the names it was told to. */
async function apply(tx: EntityManager, events: CloudEvent[]): Promise<void> {
  for (const event of events) {
    const { name } = event.data as { name: string };
    if (rejected.has(name)) throw new Rejection(event.id, `${name} is not possible`);
    await tx.query('INSERT INTO applied (tenant_id, name) VALUES ($1, $2)', [event.tenantid, name]);
  }
}

function delivery(name: string, tenantId = tenant): Delivery {
  const event = cloudEvent({
    source: 'rollcall/directory',
    type: 'tenant.created.v1',
    tenantId,
    subject: `tenants/${tenantId}`,
    version: 1,
    time: new Date(),
    cause: { commandId: newId(), requestId: 'spec', actor: 'operator' },
    data: { name },
  });
  return {
    content: Buffer.from(JSON.stringify(event)),
    headers: { [TENANT_HEADER]: tenantId },
    type: event.type,
    messageId: event.id,
  };
}

async function applied(tenantId = tenant): Promise<string[]> {
  const rows = await dataSource.query('SELECT name FROM applied WHERE tenant_id = $1 ORDER BY position', [tenantId]);
  return rows.map((row: { name: string }) => row.name);
}

const parked = async (tenantId = tenant) =>
  (await listParked(dataSource.manager, 100, tenantId)).map(({ content, reason }) => ({
    name: content.startsWith('{') ? JSON.parse(content).data.name : content,
    reason,
  }));

describe('applying a batch', () => {
  it('parks an event that the database refuses, and what follows for its tenant, and goes on for others', async () => {
    const other = newId();
    const [a, nul, c, d] = [delivery('a'), delivery('nul\u0000'), delivery('c'), delivery('d', other)];
    await applyInOrder(dataSource, [a, nul, c, d], apply);
    expect([await applied(), await applied(other)]).toEqual([['a'], ['d']]);
    expect(await parked()).toMatchObject([
      { name: 'nul\u0000', reason: expect.stringContaining('database refuses') },
      { name: 'c' },
    ]);
    await applyInOrder(dataSource, [a, nul, c, d], apply);
    expect([await applied(), await applied(other)]).toEqual([['a'], ['d']]);
    await expect(replayParked(dataSource, tenant, apply)).rejects.toThrow(/database refuses/);
  });

  it('applies each event once and in order, however often it is delivered', async () => {
    const [a, b, c] = [delivery('a'), delivery('b'), delivery('c')];
    await applyInOrder(dataSource, [a, b, a], apply);
    await applyInOrder(dataSource, [b, c, c], apply);
    expect(await applied()).toEqual(['a', 'b', 'c']);
  });

  it('applies nothing of a batch that failed for a passing reason, and all of it the next time', async () => {
    const batch = [delivery('a'), delivery('b')];
    const fail = async (tx: EntityManager, events: CloudEvent[]) => {
      await apply(tx, events);
      throw new Error('the connection was lost');
    };
    await expect(applyInOrder(dataSource, batch, fail)).rejects.toThrow('lost');
    expect(await applied()).toEqual([]);
    await applyInOrder(dataSource, batch, apply);
    expect(await applied()).toEqual(['a', 'b']);
  });

  it('applies an event whose ids are written in capitals, once', async () => {
    const { content, ...rest } = delivery('a');
    const event = JSON.parse(content.toString());
    const capitals = { ...event, id: event.id.toUpperCase(), tenantid: event.tenantid.toUpperCase() };
    const headers = { [TENANT_HEADER]: tenant };
    await applyInOrder(dataSource, [{ ...rest, headers, content: Buffer.from(JSON.stringify(capitals)) }], apply);
    await applyInOrder(dataSource, [{ ...rest, headers, content }], apply);
    expect(await applied()).toEqual(['a']);
  });

  it('parks each of several unreadable messages that have no id and begin alike', async () => {
    const unreadable = (end: string): Delivery => ({
      content: Buffer.from('x'.repeat(100) + end),
      headers: { [TENANT_HEADER]: tenant },
      type: 'spec',
      messageId: undefined,
    });
    await applyInOrder(dataSource, [unreadable('1'), unreadable('2'), unreadable('1')], apply);
    await applyInOrder(dataSource, [{ ...unreadable('3'), messageId: 'nul\u0000', type: 'nul\u0000' }], apply);
    expect(await parked()).toHaveLength(3);
  });

  it('parks an event that is rejected, with all that follow for its tenant, and goes on with the others', async () => {
    const other = newId();
    rejected.add('b');
    await applyInOrder(dataSource, [delivery('a'), delivery('b'), delivery('x', other), delivery('c')], apply);
    await applyInOrder(dataSource, [delivery('d'), delivery('y', other)], apply);
    expect(await applied()).toEqual(['a']);
    expect(await applied(other)).toEqual(['x', 'y']);
    expect(await parked()).toEqual([
      { name: 'b', reason: 'b is not possible' },
      { name: 'c', reason: expect.stringContaining('behind') },
      { name: 'd', reason: expect.stringContaining('behind') },
    ]);
  });

  it('parks a redelivered event only once', async () => {
    rejected.add('a');
    const batch = [delivery('a'), delivery('b')];
    await applyInOrder(dataSource, batch, apply);
    await applyInOrder(dataSource, batch, apply);
    expect((await parked()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it.each<[string, () => Partial<Delivery>]>([
    ['is no event', () => ({ content: Buffer.from('nonsense') })],
    ['says another tenant in its header', () => ({ headers: { [TENANT_HEADER]: newId() } })],
  ])('parks a message that %s where a person will see it', async (_, change) => {
    const forged = { ...delivery('forged'), ...change() };
    await applyInOrder(dataSource, [forged, delivery('next')], apply);
    expect(await applied()).toEqual([]);
    expect((await parked()).length).toBe(2);
  });
});

describe('replaying what is parked', () => {
  beforeEach(async () => {
    rejected.add('a');
    await applyInOrder(dataSource, [delivery('a'), delivery('b')], apply);
  });

  it('applies all of it in order, and lets what comes later through', async () => {
    rejected.clear();
    expect(await replayParked(dataSource, tenant, apply)).toBe(2);
    await applyInOrder(dataSource, [delivery('c')], apply);
    expect(await applied()).toEqual(['a', 'b', 'c']);
    expect(await parked()).toEqual([]);
  });

  it('leaves everything parked when the cause is still there', async () => {
    await expect(replayParked(dataSource, tenant, apply)).rejects.toThrow('a is not possible');
    expect((await parked()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('says of the one that still cannot be applied why, when it is not the first', async () => {
    rejected = new Set(['b']);
    await expect(replayParked(dataSource, tenant, apply)).rejects.toThrow('b is not possible');
    expect((await parked()).map(({ reason }) => reason)).toEqual(['a is not possible', 'b is not possible']);
  });
});

describe('discarding what is parked', () => {
  let batch: Delivery[];
  const discard = (eventId?: string) =>
    discardParked(dataSource, { tenantId: tenant, eventId, reason: 'forged', actor: 'operator:spec' });

  beforeEach(async () => {
    rejected.add('a');
    batch = [delivery('a'), delivery('b'), delivery('c')];
    await applyInOrder(dataSource, batch, apply);
  });

  it('takes out the first alone and keeps what waited, which a replay applies in order', async () => {
    expect(await findParked(dataSource.manager, tenant)).toMatchObject({ ahead: 0, behind: 2 });
    expect(await discard()).toMatchObject({ outcome: 'discarded', eventId: batch[0]?.messageId, behind: 2 });
    await applyInOrder(dataSource, [delivery('d')], apply);
    expect(await applied()).toEqual([]);
    expect((await parked()).map(({ name }) => name)).toEqual(['b', 'c', 'd']);
    expect(await replayParked(dataSource, tenant, apply)).toBe(3);
    await applyInOrder(dataSource, [delivery('e')], apply);
    expect(await applied()).toEqual(['b', 'c', 'd', 'e']);
  });

  it('keeps what it was, why it was parked, and who left it out and why', async () => {
    await discard();
    expect(await listDiscarded(dataSource.manager, 10, tenant)).toEqual([
      {
        tenantId: tenant,
        eventId: batch[0]?.messageId,
        type: 'tenant.created.v1',
        content: batch[0]?.content.toString(),
        cause: 'a is not possible',
        reason: 'forged',
        actor: 'operator:spec',
        parkedAt: expect.any(Date),
        discardedAt: expect.any(Date),
      },
    ]);
  });

  it('is for good: neither a redelivery nor a replay brings it back', async () => {
    await discard();
    await applyInOrder(dataSource, batch, apply);
    expect((await parked()).map(({ name }) => name)).toEqual(['b', 'c']);
    rejected.clear();
    await replayParked(dataSource, tenant, apply);
    await applyInOrder(dataSource, batch, apply);
    expect(await applied()).toEqual(['b', 'c']);
  });

  it('holds for a message that no program can read, whatever its id is', async () => {
    const unreadable = { ...delivery('x'), content: Buffer.from('nonsense'), messageId: undefined };
    await discard();
    await replayParked(dataSource, tenant, apply);
    await applyInOrder(dataSource, [unreadable], apply);
    expect(await discard()).toMatchObject({ outcome: 'discarded' });
    await applyInOrder(dataSource, [unreadable, delivery('next')], apply);
    expect(await applied()).toEqual(['b', 'c', 'next']);
  });

  it('by two operators at once discards the cause once, and nothing that only waited', async () => {
    const outcomes = await Promise.all([discard(), discard(), discard()]);
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['discarded', 'only waits', 'only waits']);
    const id = batch[1]?.messageId;
    const named = await Promise.all([discard(id), discard(id)]);
    expect(named.map(({ outcome }) => outcome).toSorted()).toEqual(['discarded', 'not parked']);
    expect((await parked()).map(({ name }) => name)).toEqual(['c']);
    expect(await listDiscarded(dataSource.manager, 10, tenant)).toHaveLength(2);
  });

  it('while batches arrive and others replay leaves the rest in order, each once', async () => {
    const later = Array.from({ length: 30 }, (_, index) => delivery(`later-${String(index).padStart(2, '0')}`));
    const arriving = (async () => {
      for (const each of later) await applyInOrder(dataSource, [each], apply);
    })();
    await discard();
    while ((await parked()).length > 0 || (await applied()).length < 32) {
      await Promise.all([replayParked(dataSource, tenant, apply), replayParked(dataSource, tenant, apply)]);
    }
    await arriving;
    const names = await applied();
    expect(names).toEqual([...names].toSorted());
    expect(new Set(names).size).toBe(32);
  });
});
