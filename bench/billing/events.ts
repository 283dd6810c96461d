import { type CloudEvent, cloudEvent } from '#events/envelope';
import type { RabbitConnection } from '#rabbit/connection';
import { EventPublisher } from '#rabbit/publisher';
import { DIRECTORY_EVENTS, TENANT_HEADER } from '#rabbit/topology';
import { newId } from '#runtime/ids';

/** Events as the directory would tell them: everybody is made, deactivated and activated again, so that each is a ledger line. */
export interface Backlog {
  tenantIds: string[];
  events: number;
}

const VERBS = ['created', 'deactivated', 'activated'] as const;

/** On their way at once: confirms are awaited, so that memory is bounded. */
const WINDOW = 1_000;

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

function userEvent(tenantId: string, userId: string, verb: (typeof VERBS)[number], version: number): CloudEvent {
  return cloudEvent({
    source: 'rollcall/directory',
    type: `user.${verb}.v1`,
    tenantId,
    subject: `users/${userId}`,
    version,
    time: new Date(),
    cause: { commandId: newId(), requestId: newId(), actor: `connection:${tenantId}` },
    data: { userId, userName: `${userId}@example.com`, active: verb !== 'deactivated', managedBy: tenantId },
  });
}

/** Publishes a backlog, confirmed by the broker. */
export async function publish(
  connection: RabbitConnection,
  all: Backlog,
  progress: (sent: number) => void,
): Promise<void> {
  const publisher = new EventPublisher(connection, DIRECTORY_EVENTS);
  await publisher.open();
  const events = eventsOf(all);
  await new Promise<void>((resolve, reject) => {
    let answered = 0;
    const send = () => {
      const { value: event, done } = events.next();
      if (done) return;
      const { id, type, tenantid } = event;
      const message = { id, type, content: JSON.stringify(event), headers: { [TENANT_HEADER]: tenantid } };
      publisher.send(message, (failure) => {
        if (failure) return reject(failure);
        answered += 1;
        if (answered % 50_000 === 0) progress(answered);
        if (answered === all.events) resolve();
        else send();
      });
    };
    for (let n = 0; n < WINDOW; n += 1) send();
  });
}
