import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type AmqpConnectionManager, connect } from 'amqp-connection-manager';
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { logger } from '#runtime/logger';
import { declareTopology, EXCHANGES, type Use } from './topology.ts';

const HEARTBEAT_SECONDS = 5;
/** A broker that starts may take a connection and not go on with it. */
const HANDSHAKE_MS = 10_000;
const SETUP_MS = 15_000;
const REOPEN_MS = { first: 250, most: 5_000 };

/** Longest and shortest wait before a lost connection is tried again; between them by chance, so that replicas spread out. */
const RECONNECT_SECONDS = { least: 0.2, most: 1.5 };

/** What the broker holds is not what we need; trying again would not change it. */
const PRECONDITION_FAILED = /PRECONDITION_FAILED/;
/** `inequivalent arg 'x-overflow' for queue 'name' in vhost '/': …` */
const OTHERWISE_DECLARED = /inequivalent arg .* for (queue|exchange) '(.*?)' in vhost/;
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

  /** The broker has several nodes, so what is on one alone is away when that node is. */
  readonly isCluster: boolean;

  /**
   * @param urls the nodes of one broker, with commas between them; any that is up will do
   * @param uses exchanges that its channels publish to or consume from, all unless said, or single subscriptions; the topology behind them is declared first
   */
  constructor(
    urls: string,
    name: string,
    private readonly uses: readonly Use[] = EXCHANGES,
  ) {
    const nodes = nodesOf(urls);
    this.isCluster = nodes.length > 1;
    this.manager = connect(nodes, {
      heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
      reconnectTimeInSeconds:
        RECONNECT_SECONDS.least + Math.random() * (RECONNECT_SECONDS.most - RECONNECT_SECONDS.least),
      connectionOptions: { noDelay: true, timeout: HANDSHAKE_MS, clientProperties: { connection_name: name } },
    });
    this.manager.on('connect', ({ connection }) => this.opened(connection as unknown as ChannelModel));
    this.manager.on('disconnect', ({ err }) => {
      for (const channel of this.channels) channel.detach();
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
   * @returns once the channel was set up for the first time; what may pass is tried again until then
   * @throws when the broker holds a queue or exchange of other arguments, or lacks what we need
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
    if (current) channel.attach(current);
    await channel.ready();
    return channel;
  }

  private refuse(error: Error) {
    for (const channel of this.channels) channel.refuse(error);
  }

  private opened(connection: ChannelModel) {
    this.topology = undefined;
    for (const channel of this.channels) channel.attach(connection);
  }

  /** Declares once for each connection; again when it failed, because a broker that starts may not have all its queues yet. */
  private declared(connection: ChannelModel): Promise<void> {
    this.topology ??= declareOn(connection, this.uses).catch((error) => {
      this.topology = undefined;
      throw error;
    });
    return this.topology;
  }
}

/** Replicas that start together spread over the nodes. */
function nodesOf(urls: string): string[] {
  const nodes = urls.split(',');
  const first = Math.floor(Math.random() * nodes.length);
  return [...nodes.slice(first), ...nodes.slice(0, first)];
}

async function declareOn(connection: ChannelModel, uses: readonly Use[]): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await declareTopology(channel, uses);
  await channel.close();
}

class ManagedChannel {
  private connection: ChannelModel | undefined;
  private current: Channel | undefined;
  private started = false;
  private closed = false;
  private readonly states = new EventEmitter();

  constructor(
    private readonly setup: Setup<Channel>,
    private readonly create: (connection: ChannelModel) => Promise<Channel>,
    private readonly prepare: (connection: ChannelModel) => Promise<void>,
  ) {
    this.states.on('error', () => {});
  }

  /** Resolves when the channel was set up for the first time. */
  async ready(): Promise<void> {
    if (!this.current) await once(this.states, 'open');
    this.started = true;
  }

  attach(connection: ChannelModel): void {
    if (this.closed) return;
    this.connection = connection;
    void this.keepOpen(connection);
  }

  detach(): void {
    this.connection = undefined;
  }

  /** What waits for the first set-up waits in vain. */
  refuse(error: Error): void {
    if (!this.started) this.states.emit('error', error);
  }

  /** For good. What was delivered on it and not acknowledged goes back to the broker. */
  async close(): Promise<void> {
    this.closed = true;
    this.detach();
    const channel = this.current;
    this.current = undefined;
    await channel?.close().catch(() => {});
  }

  private async keepOpen(connection: ChannelModel): Promise<void> {
    for (let wait = REOPEN_MS.first; this.connection === connection; wait = Math.min(wait * 2, REOPEN_MS.most)) {
      try {
        const ended = await within(SETUP_MS, this.openOn(connection));
        wait = REOPEN_MS.first;
        await ended();
      } catch (error) {
        if (this.connection === connection) this.failed(error as Error);
        if (error instanceof TooSlow) void connection.close().catch(() => {});
      }
      this.current = undefined;
      await delay(wait);
    }
  }

  /** @returns what resolves when the channel has ended, for whatever reason */
  private async openOn(connection: ChannelModel): Promise<() => Promise<unknown>> {
    await this.prepare(connection);
    const channel = await this.create(connection);
    const ended = new Promise((resolve) => channel.once('close', resolve));
    channel.on('error', (error) => logger.error({ reason: error.message }, 'a broker channel failed'));
    try {
      await this.setup(channel);
    } catch (error) {
      await channel.close().catch(() => {});
      throw error;
    }
    if (this.closed) await channel.close();
    this.current = channel;
    this.states.emit('open');
    return () => ended;
  }

  private failed(error: Error) {
    if (!this.started && PRECONDITION_FAILED.test(error.message)) this.refuse(explained(error));
    else logger.error({ reason: error.message }, 'a broker channel could not be set up, trying again');
  }
}

/** The broker's words, and what to do about them: it keeps a declaration until somebody deletes it. */
function explained(error: Error): Error {
  const [, kind, name] = OTHERWISE_DECLARED.exec(error.message) ?? [];
  if (!kind) return error;
  const remedy =
    `Another version declared the ${kind} ${name} otherwise. Stop what publishes to it, let what waits in it be worked ` +
    `off, delete it (on the broker's management page${kind === 'queue' ? `, or rabbitmqctl delete_queue ${name}` : ''}) and ` +
    'start again; the private broker of npm start is emptied by npm run reset, with all other data.';
  return new Error(`${remedy} The broker says: ${error.message}`, { cause: error });
}

class TooSlow extends Error {}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooSlow(`the broker did not answer within ${ms / 1000} s`)), ms);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
