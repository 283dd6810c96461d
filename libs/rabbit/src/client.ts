import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Channel, ConsumeMessage, Message } from 'amqplib';
import { firstValueFrom } from 'rxjs';
import { currentCorrelation } from '#runtime/correlation';
import { failpoint } from '#runtime/failpoint';
import { Gather } from '#runtime/gather';
import { newId } from '#runtime/ids';
import { Answer, Unavailable } from './answer.ts';
import { type AnswerHead, bundle, type CommandHead, fill, type Part, unbundle } from './bundle.ts';
import type { RabbitConnection } from './connection.ts';

const REPLY_TO = 'amq.rabbitmq.reply-to';

export interface RabbitClientOptions {
  /** command queue of the service that is asked */
  queue: string;
  /** how long an answer is waited for; also the message's TTL, so that a command nobody waits for is never run */
  deadlineMs: number;
  /** commands on their way at once; beyond it a command is refused at once instead of waiting in memory */
  maxInFlight: number;
}

interface Order {
  commandId: string;
  command: object;
}

/** Bounds of one message of commands. */
const TOGETHER = { parts: 32, bytes: 64 * 1024 };

interface Pending {
  settle: (packet: WritePacket) => void;
  timer: NodeJS.Timeout;
}

/**
 * Asks another service over the broker: direct reply-to, mandatory, with the deadline as TTL; what is asked in one turn of
 * the event loop travels together (docs/adr/0003).
 * Every answer is an {@link Answer}; whatever keeps it from coming is {@link Unavailable}.
 */
export class RabbitClient extends ClientProxy {
  private channel: Channel | undefined;
  private sequence = 0;
  private readonly pending = new Map<string, Pending>();
  private readonly outgoing = new Gather<Part<CommandHead>>((commands) => this.sendTogether(commands));

  constructor(
    private readonly connection: RabbitConnection,
    private readonly options: RabbitClientOptions,
  ) {
    super();
  }

  private opened: Promise<unknown> | undefined;

  /** @throws Unavailable when the broker does not answer within the deadline; it is tried further behind the scenes */
  override async connect(): Promise<void> {
    this.opened ??= this.connection.channel(async (channel) => {
      await channel.consume(REPLY_TO, (message) => message && this.answered(message), { noAck: true });
      channel.on('return', (message) => this.returned(message));
      channel.on('close', () => this.lost());
      this.channel = channel;
    });
    if (!this.channel) await this.within(this.opened);
  }

  /**
   * Asks and waits. Rejects with Unavailable, nothing else.
   *
   * @param commandId UUID, for an asker that wants to know afterwards what the command made happen, answered or not
   */
  ask(pattern: string, command: object, commandId = newId()): Promise<Answer> {
    return firstValueFrom(this.send<Answer, Order>(pattern, { commandId, command }));
  }

  override close(): void {
    this.lost();
  }

  override unwrap<T>(): T {
    return this.channel as T;
  }

  get isConnected(): boolean {
    return this.channel !== undefined;
  }

  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const refuse = (reason: string) => {
      callback({ err: new Unavailable(reason) });
      return () => {};
    };
    if (!this.channel) return refuse('the message broker is not reachable');
    if (this.pending.size >= this.options.maxInFlight) return refuse('too many commands are on their way');

    const { commandId, command } = packet.data as Order;
    const id = String(++this.sequence);
    const timer = setTimeout(
      () => this.settle(id, { err: new Unavailable('no answer within the deadline') }),
      this.options.deadlineMs,
    );
    this.pending.set(id, { settle: callback, timer });
    const { requestId, traceparent } = currentCorrelation() ?? {};
    this.outgoing.add({
      head: { id, commandId, pattern: String(packet.pattern), requestId, traceparent },
      content: Buffer.from(JSON.stringify(command)),
    });
    return () => this.forget(id);
  }

  /** The commands of one turn of the event loop travel as one message, as far as they fit. */
  private sendTogether(commands: Part<CommandHead>[]) {
    for (const parts of fill(
      commands.filter(({ head }) => this.pending.has(head.id)),
      TOGETHER,
    )) {
      try {
        if (!this.channel) throw new Error('the channel is closed');
        this.channel.sendToQueue(this.options.queue, bundle(parts), {
          replyTo: REPLY_TO,
          expiration: this.options.deadlineMs,
          mandatory: true,
        });
        failpoint('command.asked');
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        for (const { head } of parts) {
          this.settle(head.id, { err: new Unavailable(`the message broker went away: ${reason}`) });
        }
      }
    }
  }

  protected override dispatchEvent(): Promise<never> {
    return Promise.reject(
      new Error('Events leave through the outbox (#outbox/append), in the commit of what they tell.'),
    );
  }

  private async within(opened: Promise<unknown>): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const refuse = () => reject(new Unavailable('the message broker is not reachable'));
    const timer = setTimeout(refuse, this.options.deadlineMs);
    await Promise.race([opened, late]).finally(() => clearTimeout(timer));
  }

  private answered(message: ConsumeMessage) {
    failpoint('reply.received');
    for (const { head, content } of unbundle<AnswerHead>(message.content)) {
      this.settle(head.id, { response: new Answer(head.status, content, head.headers), isDisposed: true });
    }
  }

  private returned(message: Message) {
    const err = new Unavailable(`nobody takes commands from ${this.options.queue}`);
    for (const { head } of unbundle<CommandHead>(message.content)) this.settle(head.id, { err });
  }

  private lost() {
    this.channel = undefined;
    for (const id of [...this.pending.keys()]) {
      this.settle(id, { err: new Unavailable('the message broker went away before the answer came') });
    }
  }

  private settle(id: string, packet: WritePacket) {
    this.forget(id)?.settle(packet);
  }

  private forget(id: string): Pending | undefined {
    const pending = this.pending.get(id);
    if (!pending) return undefined;
    clearTimeout(pending.timer);
    this.pending.delete(id);
    return pending;
  }
}
