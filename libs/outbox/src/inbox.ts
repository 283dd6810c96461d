import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { readEvent, UnreadableEvent } from '#events/read-event';
import { refusalOf } from '#postgres/postgres-error';
import type { Delivery } from '#rabbit/ordered-consumer';
import { TENANT_HEADER } from '#rabbit/topology';
import { failpoint } from '#runtime/failpoint';
import { isId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { discardedAmong } from './discard.ts';
import { once } from './once.ts';
import { BEHIND, deleteParked, keepReason, lockParked, lockParkedTenants, type ParkedEvent, park } from './parking.ts';
import { Rejection } from './rejection.ts';

/** Applies events that were never applied before, in order, within the transaction. Throws Rejection or what is transient. */
export type Apply = (tx: EntityManager, events: CloudEvent[]) => Promise<void>;

/** Where a message that names no tenant is parked. */
const NO_TENANT = '00000000-0000-0000-0000-000000000000';

interface Candidate {
  tenantId: string;
  eventId: string;
  delivery: Delivery;
  event: CloudEvent | undefined;
  /** why it can never be applied */
  problem: string | undefined;
}

/**
 * Applies a batch in one transaction: each event once, in order. An event that can never be applied is parked, and with
 * it everything that follows for its tenant, so that the order holds when a person lets it go on; other tenants go on now.
 *
 * @throws whatever is transient; then the batch is to be delivered again, and what of it was applied is applied once all the same
 */
export async function applyInOrder(dataSource: DataSource, batch: Delivery[], apply: Apply): Promise<void> {
  const candidates = batch.map(read);
  for (;;) {
    try {
      await dataSource.transaction(async (tx) => {
        await applyOnce(tx, candidates, apply);
        failpoint('batch.written');
      });
      return;
    } catch (error) {
      const rejection = error instanceof Rejection ? error : await rejectionIn(dataSource, candidates, apply, error);
      if (!rejection) throw error;
      markRejected(candidates, rejection);
    }
  }
}

/**
 * The event of a batch to which an error of the database is due, found by applying those before it alone. Undefined for an
 * error that has to do with none of them, or does not come again.
 */
async function rejectionIn(
  dataSource: DataSource,
  candidates: Candidate[],
  apply: Apply,
  error: unknown,
): Promise<Rejection | undefined> {
  if (refusalOf(error) === undefined) return undefined;
  for (const candidate of candidates) {
    try {
      await dataSource.transaction((tx) => applyOnce(tx, [candidate], apply));
    } catch (alone) {
      return rejectionOf(candidate.eventId, alone);
    }
  }
  return undefined;
}

/**
 * Tries a tenant's parked events again, in order, all or none. One that still cannot be applied says why from then on.
 *
 * @returns how many were applied
 * @throws Rejection when one of them still cannot be
 */
export async function replayParked(dataSource: DataSource, tenantId: string, apply: Apply): Promise<number> {
  try {
    return await replayAll(dataSource, tenantId, apply).catch((error) => {
      if (refusalOf(error) === undefined) throw error;
      return replayAll(dataSource, tenantId, apply, true);
    });
  } catch (error) {
    if (error instanceof Rejection) await keepReason(dataSource.manager, tenantId, error.eventId, error.message);
    throw error;
  }
}

/** @param alone each event by itself, to find the one that the database refuses */
async function replayAll(dataSource: DataSource, tenantId: string, apply: Apply, alone = false): Promise<number> {
  return dataSource.transaction(async (tx) => {
    let replayed = 0;
    for (let parked = await lockParked(tx, tenantId); parked.length > 0; parked = await lockParked(tx, tenantId)) {
      for (const together of alone ? parked.map((each) => [each]) : [parked]) {
        try {
          await apply(tx, await once(tx, together.map(readParked)));
        } catch (error) {
          throw alone ? rejectionOf(together[0]?.eventId ?? '', error) : error;
        }
      }
      await deleteParked(tx, tenantId, parked);
      replayed += parked.length;
    }
    return replayed;
  });
}

async function applyOnce(tx: EntityManager, candidates: Candidate[], apply: Apply): Promise<void> {
  const blocked = await lockParkedTenants(tx, [...new Set(candidates.map(({ tenantId }) => tenantId))]);
  const suspects = candidates.filter(({ tenantId, problem }) => problem || blocked.has(tenantId));
  const discarded = await discardedAmong(tx, suspects);
  const applicable: CloudEvent[] = [];
  const parked: ParkedEvent[] = [];
  for (const { tenantId, eventId, delivery, event, problem } of candidates) {
    if (discarded.has(`${tenantId}/${eventId}`)) continue;
    if (event && !problem && !blocked.has(tenantId)) {
      applicable.push(event);
      continue;
    }
    const reason = problem ?? BEHIND;
    parked.push({ tenantId, eventId, type: delivery.type, content: delivery.content.toString(), reason });
    blocked.add(tenantId);
  }
  await apply(tx, await once(tx, applicable));
  await park(tx, parked);
}

/** What applying an event alone came to, as a reason to park it. @throws what is transient */
function rejectionOf(eventId: string, error: unknown): Rejection {
  if (error instanceof Rejection) return error;
  const reason = refusalOf(error);
  if (reason === undefined) throw error;
  return new Rejection(eventId, `the database refuses it: ${reason}`);
}

function read(delivery: Delivery): Candidate {
  const header = delivery.headers[TENANT_HEADER];
  try {
    const event = readEvent(delivery.content);
    const problem = event.tenantid === header ? undefined : 'the tenant in the header is not the one in the event';
    return { tenantId: event.tenantid, eventId: event.id, delivery, event, problem };
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    const tenantId = isId(header) ? header : NO_TENANT;
    return { tenantId, eventId: fallbackId(delivery), delivery, event: undefined, problem: error.message };
  }
}

function readParked(parked: ParkedEvent): CloudEvent {
  try {
    return readEvent(parked.content);
  } catch (error) {
    throw new Rejection(parked.eventId, error instanceof Error ? error.message : String(error));
  }
}

/** Names an unreadable message, so that its redelivery is not parked twice. */
function fallbackId({ messageId, content }: Delivery): string {
  return messageId?.replaceAll('\u0000', '\uFFFD') ?? createHash('sha256').update(content).digest('hex');
}

function markRejected(candidates: Candidate[], rejection: Rejection) {
  const rejected = candidates.find(({ eventId, problem }) => eventId === rejection.eventId && !problem);
  if (!rejected) throw new Error(`An event that is not in the batch was rejected: ${rejection.eventId}`);
  rejected.problem = rejection.message;
  logger.error({ eventId: rejected.eventId, tenantId: rejected.tenantId, reason: rejected.problem }, 'event parked');
}
