import { join } from 'node:path';
import { startInDocker } from './docker.mjs';
import { startPostgres } from './postgres.mjs';
import { startRabbitmq } from './rabbitmq.mjs';

/**
 * The Postgres and RabbitMQ to work with: DATABASE_URL and AMQP_URL where they are set, else Docker, else instances of
 * our own. Each of the two is looked for by itself.
 *
 * @param {object} options
 * @param {string} options.directory own instances keep their data in `postgres` and `rabbitmq` below it
 * @param {(line: string) => void} options.log
 * @param {(reason: string) => void} [options.onExit] called when an own instance ends without having been asked to
 * @param {boolean} [options.docker] false never asks Docker
 * @param {{ databaseUrl?: string, amqpUrl?: string, managementUrl?: string }} [options.given] default: the environment
 * @returns {Promise<{ databaseUrl: string, amqpUrl: string, managementUrl?: string, pids: Record<string, number>, stop(): Promise<void> }>}
 */
export async function provideServices({ directory, log, onExit, docker = true, given = fromEnvironment() }) {
  const wanted = /** @type {const} */ (['databaseUrl', 'amqpUrl']).filter((name) => !given[name]);
  const { databaseUrl, amqpUrl, managementUrl } = given;
  if (databaseUrl) log(`Postgres: as DATABASE_URL says (${withoutPassword(databaseUrl)})`);
  if (amqpUrl) log(`RabbitMQ: as AMQP_URL says (${withoutPassword(amqpUrl)})`);
  const container = docker && wanted.length > 0 ? await startInDocker({ wanted, log }) : undefined;

  /** @type {(() => Promise<void>)[]} */
  const stops = container === undefined ? [] : [container.stop];
  const stop = async () => {
    await Promise.allSettled(stops.map((each) => each()));
  };
  const own = container === undefined ? wanted : [];
  const [postgres, rabbitmq] = await Promise.allSettled([
    own.includes('databaseUrl') ? startPostgres({ directory: join(directory, 'postgres'), log, onExit }) : undefined,
    own.includes('amqpUrl') ? startRabbitmq({ directory: join(directory, 'rabbitmq'), log, onExit }) : undefined,
  ]);
  for (const started of [postgres, rabbitmq]) {
    if (started.status === 'fulfilled' && started.value !== undefined) stops.push(started.value.stop);
  }
  if (postgres.status === 'rejected' || rabbitmq.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : /** @type {PromiseRejectedResult} */ (rabbitmq).reason;
  }
  const database = databaseUrl || container?.databaseUrl || postgres.value?.url;
  const broker = amqpUrl || container?.amqpUrl || rabbitmq.value?.url;
  if (database === undefined || broker === undefined) throw new Error('a service was neither given nor started');
  return {
    databaseUrl: database,
    amqpUrl: broker,
    managementUrl: amqpUrl ? managementUrl : (container?.managementUrl ?? rabbitmq.value?.managementUrl),
    pids: {
      ...(postgres.value && { postgres: postgres.value.pid }),
      ...(rabbitmq.value && { rabbitmq: rabbitmq.value.pid }),
    },
    stop,
  };
}

function fromEnvironment() {
  const { DATABASE_URL, AMQP_URL, MANAGEMENT_URL } = process.env;
  return { databaseUrl: DATABASE_URL, amqpUrl: AMQP_URL, managementUrl: MANAGEMENT_URL };
}

/** @param {string} url */
function withoutPassword(url) {
  return url.replaceAll(/:[^:@/]*@/g, '@');
}
