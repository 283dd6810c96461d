import type { Rabbitmq, RabbitmqOptions } from './rabbitmq.d.mts';

export interface RabbitmqCluster {
  /** The nodes' AMQP URLs with commas between them, as AMQP_URL takes them. */
  readonly url: string;
  /** The management API of the first node. */
  readonly managementUrl: string;
  readonly nodes: Rabbitmq[];
  /** The node that calls itself so, such as in what rabbitmqctl prints. */
  named(name: string): Rabbitmq | undefined;
  stop(): Promise<void>;
}

/** A RabbitMQ of three nodes of our own on loopback. Rejects with a one-line reason that says what to do. */
export function startRabbitmqCluster(options: Omit<RabbitmqOptions, 'member'>): Promise<RabbitmqCluster>;
