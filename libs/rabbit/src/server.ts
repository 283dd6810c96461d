import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { Channel, ConsumeMessage } from 'amqplib';
import { lastValueFrom } from 'rxjs';
import { withCorrelation } from '#runtime/correlation';
import { newId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { Answer } from './answer.ts';
import type { RabbitConnection } from './connection.ts';
import { type Delivery, OrderedConsumer } from './ordered-consumer.ts';
import { declareCommandQueue, type OrderedSubscription } from './topology.ts';

export interface RabbitServerOptions {
  /** the queue this service takes its commands from, and how many it works on at once */
  commands: { queue: string; prefetch: number };
  /** ordered subscriptions; an `@EventPattern(name)` handler gets their deliveries in batches */
  subscriptions?: OrderedSubscription[];
}

/** What a handler may know of the message that brought its command. */
export class CommandContext {
  constructor(
    /** UUID of the command: the same after a redelivery */
    readonly commandId: string,
    /** true when the command was delivered before and may already be carried out */
    readonly redelivered: boolean,
  ) {}
}

/**
 * Nest's door to the broker: `@MessagePattern` handlers answer commands, `@EventPattern` handlers apply ordered batches.
 * A command is acknowledged only after its answer is sent, so a crash in between has it delivered again.
 */
export class RabbitServer extends Server implements CustomTransportStrategy {
  private readonly consumers: OrderedConsumer[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private channel: Channel | undefined;
  private consumerTag: string | undefined;

  constructor(
    private readonly connection: RabbitConnection,
    private readonly options: RabbitServerOptions,
  ) {
    super();
  }

  get isReady(): boolean {
    return this.channel !== undefined && this.consumers.every((consumer) => consumer.isOpen);
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.consumeCommands();
      for (const subscription of this.options.subscriptions ?? []) await this.consumeEvents(subscription);
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Takes no more work, finishes what is in flight and answers it. */
  override async close(): Promise<void> {
    if (this.channel && this.consumerTag) await this.channel.cancel(this.consumerTag).catch(() => {});
    await Promise.all([...this.inFlight, ...this.consumers.map((consumer) => consumer.close())]);
  }

  override on(): never {
    throw new Error('Connection events are logged by RabbitConnection.');
  }

  override unwrap<T>(): T {
    return this.channel as T;
  }

  private async consumeCommands() {
    const { queue, prefetch } = this.options.commands;
    await this.connection.channel(async (channel) => {
      channel.on('close', () => {
        if (this.channel === channel) this.channel = undefined;
      });
      await declareCommandQueue(channel, queue);
      await channel.prefetch(prefetch);
      const { consumerTag } = await channel.consume(queue, (message) => message && this.onCommand(channel, message));
      this.channel = channel;
      this.consumerTag = consumerTag;
    });
  }

  private async consumeEvents(subscription: OrderedSubscription) {
    const handler = this.getHandlerByPattern(subscription.name);
    if (!handler) throw new Error(`No @EventPattern('${subscription.name}') handler takes this subscription's events.`);
    const consumer = new OrderedConsumer(this.connection, subscription, (batch: Delivery[]) =>
      this.run(handler, batch),
    );
    this.consumers.push(consumer);
    await consumer.open();
  }

  private onCommand(channel: Channel, message: ConsumeMessage) {
    const requestId = String(message.properties.headers?.requestid ?? newId());
    const warnings: Record<string, number> = {};
    const work = withCorrelation({ requestId, warnings }, () => this.answer(message)).then((answer) => {
      if (this.channel !== channel) return;
      channel.sendToQueue(message.properties.replyTo, Buffer.from(answer.content), {
        correlationId: message.properties.correlationId,
        headers: { ...answer.headers, ...textOf(warnings), status: answer.status },
      });
      channel.ack(message);
    });
    this.inFlight.add(work);
    void work.finally(() => this.inFlight.delete(work));
  }

  private async answer(message: ConsumeMessage): Promise<Answer> {
    const pattern = String(message.properties.type);
    const handler = this.getHandlerByPattern(pattern);
    if (!handler) return Answer.json(501, { detail: `Nobody here answers '${pattern}'.` });
    try {
      const context = new CommandContext(message.properties.messageId, message.fields.redelivered);
      return (await this.run(handler, JSON.parse(message.content.toString()), context)) as Answer;
    } catch (error) {
      logger.error({ err: error, pattern }, 'a command failed without an answer of its own');
      return Answer.json(500, { detail: 'The command failed inside the service; its log has the reason.' });
    }
  }

  private async run(handler: MessageHandler, data: unknown, context?: CommandContext): Promise<unknown> {
    return lastValueFrom(this.transformToObservable(await handler(data, context)), { defaultValue: undefined });
  }
}

/** What a command got done only in part goes with its answer as headers, such as `skipped-members: 2`. */
function textOf(warnings: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(warnings).map(([kind, count]) => [kind, String(count)]));
}
