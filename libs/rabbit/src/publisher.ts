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

/** Publishes persistent, mandatory and confirmed: what resolves is on disk in every queue that waits for it. */
export class EventPublisher {
  private channel: ConfirmChannel | undefined;
  private readonly returned = new Set<string>();

  constructor(
    private readonly connection: RabbitConnection,
    private readonly exchange: string,
  ) {}

  async open(): Promise<void> {
    await this.connection.confirmChannel(async (channel) => {
      channel.on('return', (message) => this.returned.add(message.properties.messageId));
      channel.on('close', () => {
        if (this.channel === channel) this.channel = undefined;
      });
      this.channel = channel;
    });
  }

  get isOpen(): boolean {
    return this.channel !== undefined;
  }

  /**
   * Sends a batch in order, pipelined, and waits until the broker has answered for each.
   *
   * @returns for each event what kept it from being sent (Unavailable, Unroutable), or undefined when it is safe
   * @throws Unavailable when there is no broker to send to
   */
  async publish(events: OutgoingEvent[]): Promise<(Error | undefined)[]> {
    const channel = this.channel;
    if (!channel) throw new Unavailable('the message broker is not reachable');
    return Promise.all(events.map((event) => this.send(channel, event)));
  }

  private send(channel: ConfirmChannel, event: OutgoingEvent): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const options = {
        persistent: true,
        mandatory: true,
        messageId: event.id,
        type: event.type,
        contentType: 'application/cloudevents+json',
        headers: event.headers,
      };
      channel.publish(this.exchange, event.type, Buffer.from(event.content), options, (error) => {
        if (this.returned.delete(event.id)) resolve(new Unroutable(this.exchange, event.type));
        else if (error) resolve(new Unavailable(`the message broker did not take an event: ${error.message}`));
        else resolve(undefined);
      });
    });
  }
}
