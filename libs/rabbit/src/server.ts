import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { Channel, ConsumeMessage } from 'amqplib';
import { lastValueFrom } from 'rxjs';
import { withCorrelation } from '#runtime/correlation';
import { failpoint } from '#runtime/failpoint';
import { Gather } from '#runtime/gather';
import { newId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { childTrace } from '#runtime/trace';
import { Answer } from './answer.ts';
import { type AnswerHead, bundle, type CommandHead, fill, type Part, unbundle } from './bundle.ts';
import type { RabbitConnection } from './connection.ts';
import { type Delivery, OrderedConsumer } from './ordered-consumer.ts';
import { declareCommandQueue, type OrderedSubscription } from './topology.ts';

export interface RabbitServerOptions {
  /** the queue this service takes its commands from, and how many it works on at once */
  commands: { queue: string; prefetch: number };
  /** ordered subscriptions; an `@EventPattern(name)` handler gets their deliveries in batches */
  subscriptions?: OrderedSubscription[];
}

interface OutgoingAnswer extends Part<AnswerHead> {
  channel: Channel;
  replyTo: string;
  sent: () => void;
}

/** Bounds of one message of answers: a large answer gains nothing from company. */
const TOGETHER = { parts: 32, bytes: 32 * 1024 };

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
  private closing = false;
  private readonly answers = new Gather<OutgoingAnswer>((answers) => this.sendTogether(answers));

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

  /** Takes no more work, finishes what is in flight and answers it. What does not come to that goes back with the channel. */
  override async close(): Promise<void> {
    this.closing = true;
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
      if (this.closing) return;
      channel.on('close', () => {
        if (this.channel === channel) this.channel = undefined;
      });
      await declareCommandQueue(channel, queue, this.connection.isCluster);
      await channel.prefetch(prefetch);
      const { consumerTag } = await channel.consume(queue, (message) => {
        if (message) this.onMessage(channel, message);
        // The queue is gone, or its node is: the channel is set up again, and declares it.
        else void channel.close().catch(() => {});
      });
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

  /** A message is acknowledged when all its commands are answered, so after a crash all of them are delivered again. */
  private onMessage(channel: Channel, message: ConsumeMessage) {
    let parts: Part<CommandHead>[];
    try {
      parts = unbundle(message.content);
    } catch (error) {
      logger.error({ err: error }, 'a message that holds no commands was thrown away');
      channel.nack(message, false, false);
      return;
    }
    failpoint('command.received');
    const work = this.answerAll(parts, message, channel).then(() => {
      failpoint('command.answered');
      if (this.channel === channel) channel.ack(message);
    });
    this.inFlight.add(work);
    void work.finally(() => this.inFlight.delete(work));
  }

  /** Commands of one message run side by side, but those on one resource one after the other, as they were sent. */
  private async answerAll(parts: Part<CommandHead>[], message: ConsumeMessage, channel: Channel): Promise<void> {
    const { redelivered } = message.fields;
    const last = new Map<unknown, Promise<void>>();
    for (const { head, content } of parts) {
      const command = parsed(content);
      const subject = command?.id ?? head;
      const before = last.get(subject);
      const run = async () => {
        await before;
        const warnings: Record<string, number> = {};
        const { requestId = newId(), traceparent } = head;
        const correlation = { requestId, traceparent: childTrace(traceparent), warnings };
        const answer = await withCorrelation(correlation, () => this.answer(head, command, redelivered));
        failpoint('command.committed');
        await this.reply(channel, message.properties.replyTo, head.id, answer, warnings);
      };
      last.set(subject, run());
    }
    await Promise.all(last.values());
  }

  private async answer({ pattern, commandId }: CommandHead, command: unknown, redelivered: boolean): Promise<Answer> {
    const handler = this.getHandlerByPattern(pattern);
    if (!handler) return Answer.json(501, { detail: `Nobody here answers '${pattern}'.` });
    try {
      return (await this.run(handler, command, new CommandContext(commandId, redelivered))) as Answer;
    } catch (error) {
      logger.error({ err: error, pattern }, 'a command failed without an answer of its own');
      return Answer.json(500, { detail: 'The command failed inside the service; its log has the reason.' });
    }
  }

  /** @returns once the answer is on its way */
  private reply(channel: Channel, replyTo: string, id: string, answer: Answer, warnings: Record<string, number>) {
    const headers = { ...answer.headers, ...textOf(warnings) };
    const part = { head: { id, status: answer.status, headers }, content: Buffer.from(answer.content) };
    return new Promise<void>((sent) => this.answers.add({ ...part, channel, replyTo, sent }));
  }

  /** Answers of one turn of the event loop travel together to whoever asked. */
  private sendTogether(answers: OutgoingAnswer[]) {
    for (const [replyTo, parts] of Map.groupBy(answers, (answer) => answer.replyTo)) {
      for (const chunk of fill(parts, TOGETHER)) {
        const [{ channel } = {}] = chunk;
        if (channel && channel === this.channel) trySending(channel, replyTo, bundle(chunk));
      }
    }
    for (const { sent } of answers) sent();
  }

  private async run(handler: MessageHandler, data: unknown, context?: CommandContext): Promise<unknown> {
    return lastValueFrom(this.transformToObservable(await handler(data, context)), { defaultValue: undefined });
  }
}

/** What cannot be sent any more is delivered again, and answered then. */
function trySending(channel: Channel, replyTo: string, body: Buffer) {
  try {
    channel.sendToQueue(replyTo, body);
  } catch (error) {
    logger.warn({ err: error }, 'answers could not be sent: their commands will be delivered again');
  }
}

/** A command that is no JSON object is the handler's to refuse. */
function parsed(content: Buffer): { id?: unknown } | undefined {
  try {
    return JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}

/** What a command got done only in part goes with its answer as headers, such as `skipped-members: 2`. */
function textOf(warnings: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(warnings).map(([kind, count]) => [kind, String(count)]));
}
