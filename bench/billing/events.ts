import type { CloudEvent } from '#events/envelope';
import type { RabbitConnection } from '#rabbit/connection';
import { EventPublisher } from '#rabbit/publisher';
import { DIRECTORY_EVENTS } from '#rabbit/topology';
import { newId } from '#runtime/ids';
import { type Message, messageOf, publishAll } from '../publish-all.ts';
import { userEvent } from '../user-event.ts';

/** Events as the directory would tell them: everybody is made, deactivated and activated again, so that each is a ledger line. */
export interface Backlog {
  tenantIds: string[];
  events: number;
}

const VERBS = ['created', 'deactivated', 'activated'] as const;

export function backlog(tenants: number, events: number): Backlog {
  return { tenantIds: Array.from({ length: tenants }, newId), events };
}

/** All of them, in order, one tenant after the other in turns. */
export function* eventsOf({ tenantIds, events }: Backlog): Generator<CloudEvent> {
  const people = Math.ceil(events / VERBS.length);
  const userIds = Array.from({ length: people }, newId);
  let told = 0;
  for (const [index, verb] of VERBS.entries()) {
    for (const [number, userId] of userIds.entries()) {
      if (told++ === events) return;
      const tenantId = tenantIds[number % tenantIds.length] ?? '';
      yield userEvent(tenantId, userId, verb, index + 1);
    }
  }
}

function* messagesOf(all: Backlog): Generator<Message> {
  for (const event of eventsOf(all)) yield messageOf(event);
}

/** Publishes a backlog, confirmed by the broker. */
export async function publish(
  connection: RabbitConnection,
  all: Backlog,
  progress: (sent: number) => void,
): Promise<void> {
  const publisher = new EventPublisher(connection, DIRECTORY_EVENTS);
  await publisher.open();
  await publishAll(publisher, messagesOf(all), (confirmed) => {
    if (confirmed % 50_000 === 0) progress(confirmed);
  });
}
