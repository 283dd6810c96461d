import type { ConfirmChannel } from 'amqplib';
import { Unavailable } from './answer.ts';
import type { RabbitConnection } from './connection.ts';

/** An event ready for the wire. `id` is the event's id; `headers` must hold the tenant that ordered consumers hash by. */
export interface OutgoingEvent {
  id: string;
  type: string;
  content: string;
  headers: Record<string, string>;
}

/** The broker took the message but no queue waits for it: the topology is broken, and the event must not count as sent. */
export class Unroutable extends Error {
  constructor(exchange: string, type: string) {
    super(`no queue is bound to ${exchange} for ${type}: start the consuming service or mend the topology`);
    this.name = 'Unroutable';
  }
}

/** The broker was there and did not take the message: a queue that waits for it is full, or is gone. */
export class Refused extends Error {
  constructor(exchange: string, type: string) {
    super(`a queue behind ${exchange} refused ${type}: look for a full or failing queue on the broker`);
    this.name = 'Refused';
  }
}

/** Publishes persistent, mandatory and confirmed: what resolves is on disk in every queue that waits for it. */
export class EventPublisher {
  private channel: ConfirmChannel | undefined;
  private readonly returned = new Set<string>();

  /** @param onOpen told each time that there is a channel to send on */
  constructor(
    private readonly connection: RabbitConnection,
    private readonly exchange: string,
    private readonly onOpen: () => void = () => {},
  ) {}

  async open(): Promise<void> {
    await this.connection.confirmChannel(async (channel) => {
      channel.on('return', (message) => this.returned.add(message.properties.messageId));
      channel.on('close', () => {
        this.returned.clear();
        if (this.channel === channel) this.channel = undefined;
      });
      this.channel = channel;
      this.onOpen();
    });
  }

  get isOpen(): boolean {
    return this.channel !== undefined;
  }

  /**
   * Sends a batch in order, pipelined, and waits until the broker has answered for each.
   *
   * @returns for each event what kept it from being sent (Unavailable, Unroutable, Refused), or undefined when it is safe
   * @throws Unavailable when there is no broker to send to
   */
  async publish(events: OutgoingEvent[]): Promise<(Error | undefined)[]> {
    if (!this.channel) throw away();
    return Promise.all(events.map((event) => new Promise<Error | undefined>((resolve) => this.send(event, resolve))));
  }

  /**
   * Sends one event and goes on. What is sent on one channel reaches each queue in that order.
   *
   * @param answered called once: with nothing when the event is safe; with Unroutable or Refused when the broker did not
   *   take it; with Unavailable when the channel was lost, and nobody knows
   */
  send(event: OutgoingEvent, answered: (failure?: Error) => void): void {
    const { channel, exchange, returned } = this;
    if (!channel) {
      answered(away());
      return;
    }
    const options = {
      persistent: true,
      mandatory: true,
      messageId: event.id,
      type: event.type,
      contentType: 'application/cloudevents+json',
      headers: event.headers,
    };
    try {
      channel.publish(exchange, event.type, Buffer.from(event.content), options, (error) => {
        if (returned.delete(event.id)) answered(new Unroutable(exchange, event.type));
        else if (!error) answered();
        else answered(error.message === NACKED ? new Refused(exchange, event.type) : lost(error));
      });
    } catch (error) {
      // The channel closed a moment ago; its callback was not taken.
      answered(lost(error as Error));
    }
  }
}

/** amqplib's words for a nack; every other failure is a channel that closed. */
const NACKED = 'message nacked';

function away(): Unavailable {
  return new Unavailable('the message broker is not reachable');
}

function lost(error: Error): Unavailable {
  return new Unavailable(`the message broker did not answer for an event: ${error.message}`);
}
