import { isNativeError } from 'node:util/types';
import { connect } from 'amqplib';
import { type Answer, Unavailable } from '#rabbit/answer';
import { listen } from '#rabbit/broadcast';
import { RabbitClient } from '#rabbit/client';
import { RabbitConnection } from '#rabbit/connection';
import { shown } from './broker-url.ts';
import { Failure } from './failure.ts';

const NAME = 'ctl';

/**
 * A connection tries again for ever; a person does not wait that long. A broker that refuses is given up soon, one that
 * says nothing after `connect` and `diagnosis`, and one that does answer may take longer to declare what is not there yet.
 */
const PATIENCE_MS = { connect: 2_000, diagnosis: 8_000, declare: 8_000, close: 1_000 };

const ANSWER_MS = 10_000;

/** The broker for the length of one command. It connects when it is made. */
export class Broker {
  private readonly connection: RabbitConnection;

  constructor(private readonly url: string) {
    this.connection = new RabbitConnection(url, NAME);
  }

  /** @throws Failure when the broker is not reachable or nobody answers; a refusal is an Answer */
  async ask(
    { queue, pattern, deadlineMs = ANSWER_MS }: { queue: string; pattern: string; deadlineMs?: number | undefined },
    command: object,
  ): Promise<Answer> {
    const client = new RabbitClient(this.connection, { queue, deadlineMs, maxInFlight: 1 });
    // Not the client's own connect(): its deadline is the answer's, and its timer would outlive a broker that is away.
    await this.inTime(this.connection.channel(async () => {}));
    try {
      return await client.ask(pattern, command);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      throw new Failure(
        `No answer: ${error.message}. Check that the service runs on ${shown(this.url)}, and whether anything was changed, before trying again.`,
      );
    }
  }

  /**
   * Hears what is published from now on; `gap` is called at the start and after each lost connection.
   *
   * @returns once it listens
   * @throws Failure when the broker is not reachable
   */
  async hear(source: { exchange: string; keys: string[]; gap: () => void }, heard: (content: Buffer) => void) {
    await this.inTime(listen(this.connection, source, heard));
  }

  async close(): Promise<void> {
    const closed = this.connection.close().catch(() => {});
    await within(closed, this.connection.connected ? PATIENCE_MS.close : 0);
  }

  private async inTime(opening: Promise<unknown>): Promise<void> {
    const opened = opening.then(() => true);
    let why: string | undefined;
    try {
      if (await within(opened, PATIENCE_MS.connect)) return;
      why = await this.diagnosis();
      if (why === undefined && (await within(opened, PATIENCE_MS.declare))) return;
    } catch (error) {
      throw new Failure(`The broker at ${shown(this.url)} refused what ctl needs: ${messageOf(error)}`);
    }
    why ??= 'it accepts connections but was not ready in time';
    throw new Failure(`The broker at ${shown(this.url)} is not reachable: ${why}. Start it or check AMQP_URL.`);
  }

  /** Why it cannot be reached: the connection itself keeps trying and does not tell. @returns undefined when it can be */
  private async diagnosis(): Promise<string | undefined> {
    try {
      const tried = await connect(this.url.split(',')[0] ?? this.url, { timeout: PATIENCE_MS.diagnosis });
      tried.on('error', () => {});
      void tried.close().catch(() => {});
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** The value, or undefined when it did not come in time. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An error of several failed addresses (localhost as IPv4 and IPv6) has a code and no message. */
function messageOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
