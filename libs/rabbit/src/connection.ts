import { EventEmitter, once } from 'node:events';
import { type AmqpConnectionManager, connect } from 'amqp-connection-manager';
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { logger } from '#runtime/logger';
import { declareTopology } from './topology.ts';

const HEARTBEAT_SECONDS = 5;
const REOPEN_MS = 500;

/** Longest and shortest wait before a lost connection is tried again; between them by chance, so that replicas spread out. */
const RECONNECT_SECONDS = { least: 0.2, most: 1.5 };

const UNKNOWN_EXCHANGE_TYPE = /unknown exchange type 'x-consistent-hash'/;
const NO_HASH_PLUGIN =
  'the broker has no consistent-hash exchange: run rabbitmq-plugins enable rabbitmq_consistent_hash_exchange on it';

type Setup<C extends Channel> = (channel: C) => Promise<void>;

/**
 * One connection to the broker that comes back by itself, and the channels on it.
 * A channel is set up again after every loss, of the connection or of the channel alone.
 */
export class RabbitConnection {
  private readonly manager: AmqpConnectionManager;
  private readonly channels = new Set<ManagedChannel>();
  private topology: Promise<void> | undefined;

  constructor(url: string, name: string) {
    this.manager = connect([url], {
      heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
      reconnectTimeInSeconds:
        RECONNECT_SECONDS.least + Math.random() * (RECONNECT_SECONDS.most - RECONNECT_SECONDS.least),
      connectionOptions: { noDelay: true, clientProperties: { connection_name: name } },
    });
    this.manager.on('connect', ({ connection }) => this.opened(connection as unknown as ChannelModel));
    this.manager.on('disconnect', ({ err }) => {
      this.topology = undefined;
      if (err && UNKNOWN_EXCHANGE_TYPE.test(err.message)) this.refuse(new Error(NO_HASH_PLUGIN));
      logger.warn({ reason: err?.message }, 'the broker connection is lost, trying again');
    });
    this.manager.on('connectFailed', ({ err }) => logger.warn({ reason: err.message }, 'the broker is not reachable'));
  }

  get connected(): boolean {
    return this.manager.isConnected();
  }

  /**
   * Opens a channel, and again after each loss. `setup` runs on every new one, after the topology is known to stand.
   *
   * @returns once the channel was set up for the first time
   * @throws what the first setup threw, for instance when the broker holds a queue of other arguments
   */
  async channel(setup: Setup<Channel>): Promise<ManagedChannel> {
    return this.add(setup, (connection) => connection.createChannel());
  }

  /** The same with publisher confirms. */
  async confirmChannel(setup: Setup<ConfirmChannel>): Promise<ManagedChannel> {
    return this.add(setup as Setup<Channel>, (connection) => connection.createConfirmChannel());
  }

  async close(): Promise<void> {
    for (const channel of this.channels) await channel.close();
    this.manager.removeAllListeners();
    await this.manager.close();
  }

  private async add(setup: Setup<Channel>, create: (connection: ChannelModel) => Promise<Channel>) {
    const channel = new ManagedChannel(setup, create, (connection) => this.declared(connection));
    this.channels.add(channel);
    const current = this.manager.connection;
    if (current) void channel.open(current);
    await channel.ready();
    return channel;
  }

  private refuse(error: Error) {
    for (const channel of this.channels) channel.refuse(error);
  }

  private opened(connection: ChannelModel) {
    for (const channel of this.channels) void channel.open(connection);
  }

  private declared(connection: ChannelModel): Promise<void> {
    this.topology ??= (async () => {
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      await declareTopology(channel);
      await channel.close();
    })();
    return this.topology;
  }
}

class ManagedChannel {
  private current: Channel | undefined;
  private closed = false;
  private started = false;
  private readonly states = new EventEmitter();

  constructor(
    private readonly setup: Setup<Channel>,
    private readonly create: (connection: ChannelModel) => Promise<Channel>,
    private readonly prepare: (connection: ChannelModel) => Promise<void>,
  ) {
    this.states.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.current !== undefined;
  }

  async ready(): Promise<void> {
    if (!this.current) await once(this.states, 'open');
    this.started = true;
  }

  async open(connection: ChannelModel): Promise<void> {
    let lost = false;
    connection.once('close', () => {
      lost = true;
    });
    const again = () => {
      this.current = undefined;
      if (this.closed || lost) return;
      setTimeout(() => !lost && !this.closed && void this.open(connection), REOPEN_MS).unref();
    };
    try {
      await this.prepare(connection);
      const channel = await this.create(connection);
      channel.on('error', (error) => logger.error({ reason: error.message }, 'a broker channel failed'));
      channel.on('close', again);
      await this.setup(channel);
      this.current = channel;
      this.states.emit('open');
    } catch (error) {
      if (!this.started && !lost) this.refuse(error as Error);
      else if (!lost) logger.error({ err: error }, 'a broker channel could not be set up, trying again');
      again();
    }
  }

  /** What waits for the first set-up waits in vain. */
  refuse(error: Error): void {
    if (!this.started) this.states.emit('error', error);
  }

  async close(): Promise<void> {
    this.closed = true;
    const channel = this.current;
    this.current = undefined;
    await channel?.close().catch(() => {});
  }
}
