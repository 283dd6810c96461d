import type { CloudEvent } from '#events/envelope';
import type { EventPublisher } from '#rabbit/publisher';
import { TENANT_HEADER } from '#rabbit/topology';

/** As many on their way at once as the relay has. */
const WINDOW = 1_000;

export type Message = Parameters<EventPublisher['send']>[0];

export function messageOf(event: CloudEvent): Message {
  const { id, type, tenantid } = event;
  return { id, type, content: JSON.stringify(event), headers: { [TENANT_HEADER]: tenantid } };
}

/** Publishes all, in order, and waits until the broker has confirmed each. @param progress is told how many it has */
export async function publishAll(
  publisher: EventPublisher,
  messages: Iterator<Message>,
  progress: (confirmed: number) => void = () => {},
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let [sent, confirmed, isOver] = [0, 0, false];
    const send = () => {
      const next = messages.next();
      if (next.done) {
        isOver = true;
        if (confirmed === sent) resolve();
        return;
      }
      sent += 1;
      publisher.send(next.value, (failure) => {
        if (failure) return reject(failure);
        confirmed += 1;
        progress(confirmed);
        if (isOver && confirmed === sent) resolve();
        else send();
      });
    };
    for (let n = 0; n < WINDOW && !isOver; n += 1) send();
  });
}
