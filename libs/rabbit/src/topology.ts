import type { Channel } from 'amqplib';

export const DIRECTORY_COMMANDS = 'directory.commands';
export const BILLING_COMMANDS = 'billing.commands';
export const DIRECTORY_EVENTS = 'directory.events';
export const BILLING_EVENTS = 'billing.events';
/** What the gateways answered: records for people, not facts (docs of #events/scim-request-handled.v1). */
export const SCIM_REQUESTS = 'scim.requests';
export const SEAT_STREAM = 'billing.seat-events';

/** A durable subscription that keeps the order of events within a tenant: a hash by tenant over quorum queues. */
export interface OrderedSubscription {
  name: string;
  exchange: string;
  /** routing keys (event types) it takes, topic syntax */
  keys: string[];
  queues: number;
  /**
   * For records that nobody computes with: how much of them waits in each queue at most, whichever comes first. Beyond it
   * the oldest are dropped. Without it nothing is ever dropped, and the queue grows while its consumer is away.
   */
  newest?: { messages: number; bytes: number };
}

export const BILLING_DIRECTORY_EVENTS: OrderedSubscription = {
  name: 'billing.directory-events',
  exchange: DIRECTORY_EVENTS,
  keys: ['#'],
  queues: 4,
};

/**
 * The order does not matter to the activity log, so one queue is enough. What it holds when the directory is away is a
 * night of a busy system, and does not fill the broker's disk.
 */
export const DIRECTORY_SCIM_REQUESTS: OrderedSubscription = {
  name: 'directory.scim-requests',
  exchange: SCIM_REQUESTS,
  keys: ['#'],
  queues: 1,
  newest: { messages: 500_000, bytes: 512 * 1024 ** 2 },
};

/** What plans ask of the directory; few events, so one queue. */
export const DIRECTORY_PLANS: OrderedSubscription = {
  name: 'directory.plans',
  exchange: BILLING_EVENTS,
  keys: ['plan.applied.v1'],
  queues: 1,
};

/** The header that every event carries and that the hash is taken of. */
export const TENANT_HEADER = 'tenantid';

/** Far above our own retries, which hold a message in memory: only a consumer that keeps crashing comes near it. */
const DELIVERY_LIMIT = 1_000;

/** How long a service may be away before commands to it are refused instead of kept. */
const ABSENCE_MS = 10_000;

export function queueNames(subscription: OrderedSubscription): string[] {
  return Array.from({ length: subscription.queues }, (_, index) => `${subscription.name}.${index}`);
}

/** What waits behind each exchange. */
const BEHIND = {
  [DIRECTORY_EVENTS]: (channel: Channel) => declareOrdered(channel, BILLING_DIRECTORY_EVENTS),
  [SCIM_REQUESTS]: (channel: Channel) => declareOrdered(channel, DIRECTORY_SCIM_REQUESTS),
  [BILLING_EVENTS]: async (channel: Channel) => {
    await declareSeatStream(channel);
    await declareOrdered(channel, DIRECTORY_PLANS);
  },
};

export type Exchange = keyof typeof BEHIND;
export const EXCHANGES = Object.keys(BEHIND) as Exchange[];

/** An exchange with all that waits behind it, or one subscription of it. */
export type Use = Exchange | OrderedSubscription;

/**
 * Declares exchanges with all that waits behind them, and for a subscription its exchange and nothing else behind that. Whoever
 * publishes to one or consumes from it does so at start, in any order: an event must never be published before the queues that
 * wait for it exist, and a process must not run on a topology other than this (RabbitMQ answers PRECONDITION_FAILED and the
 * process refuses to start). Nobody declares what it does not use, so that a broken stream of seat events stops no SCIM request.
 */
export async function declareTopology(channel: Channel, uses: readonly Use[]): Promise<void> {
  for (const use of uses) {
    const exchange = typeof use === 'string' ? use : use.exchange;
    await channel.assertExchange(exchange, 'topic', { durable: true });
    await (typeof use === 'string' ? BEHIND[use](channel) : declareOrdered(channel, use));
  }
}

async function declareSeatStream(channel: Channel): Promise<void> {
  await channel.assertQueue(SEAT_STREAM, {
    durable: true,
    arguments: { 'x-queue-type': 'stream', 'x-max-age': '400D' },
  });
  await channel.bindQueue(SEAT_STREAM, BILLING_EVENTS, '#');
}

/**
 * Declares the queue that a service takes its commands from; only that service does. It is classic and its messages
 * transient: a command is worth its deadline and no more. It outlives a restart of the service, whose unanswered
 * commands are delivered again; after a longer absence it is gone, and askers are told at once (docs/adr/0003).
 *
 * @param isCluster a classic queue is on one node, and no other may declare it while that node is down: on a cluster it is
 *   a quorum queue, which goes on with the majority
 */
export async function declareCommandQueue(channel: Channel, queue: string, isCluster = false): Promise<void> {
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': isCluster ? 'quorum' : 'classic', 'x-expires': ABSENCE_MS },
  });
}

/**
 * Declares an ordered subscription: its hash exchange, its queues, what they drop or where it goes. A broker compares an
 * exchange's type and not its hash-header, so an exchange that hashes by something else must get another name.
 */
export async function declareOrdered(channel: Channel, subscription: OrderedSubscription): Promise<void> {
  const excess = subscription.newest ? dropOldest(subscription.newest) : await keepAll(channel, subscription);
  await channel.assertExchange(subscription.name, 'x-consistent-hash', {
    durable: true,
    arguments: { 'hash-header': TENANT_HEADER },
  });
  for (const queue of queueNames(subscription)) {
    await channel.assertQueue(queue, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-single-active-consumer': true,
        'x-delivery-limit': DELIVERY_LIMIT,
        ...excess,
      },
    });
    await channel.bindQueue(queue, subscription.name, '1');
  }
  for (const key of subscription.keys) {
    await channel.bindExchange(subscription.name, subscription.exchange, key);
  }
}

/** What was delivered too often goes to a queue for people to look at; nothing is lost on the way. */
async function keepAll(channel: Channel, { name }: OrderedSubscription) {
  const dead = `${name}.dead`;
  await channel.assertExchange(dead, 'fanout', { durable: true });
  await channel.assertQueue(dead, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(dead, dead, '');
  return {
    'x-dead-letter-exchange': dead,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}

/** No dead letters: what a full queue drops would become some, and fill another queue instead. */
function dropOldest({ messages, bytes }: { messages: number; bytes: number }) {
  return { 'x-max-length': messages, 'x-max-length-bytes': bytes, 'x-overflow': 'drop-head' };
}
