import { loadavg } from 'node:os';
import { interruption } from '../test/harness/interruption.ts';
import { endChildren, type Services, startServices } from '../test/harness/services.ts';
import { describeMachine } from './measure/machine.ts';
import { ROOT } from './root.ts';

/**
 * Does a bench's work with a Postgres and a RabbitMQ of this run's own, which the environment names as tests have it, after a line on
 * the machine. Everything is removed when it settles, and at a signal.
 *
 * @throws Interrupted after a signal
 */
export async function withServices(
  say: (line: string) => void,
  work: (services: Services) => Promise<void>,
): Promise<void> {
  const [load = 0] = loadavg();
  const { interrupted } = interruption();
  let services: Services | undefined;
  try {
    say('bringing up Postgres and RabbitMQ');
    services = await startServices(say, say);
    process.env.TEST_DATABASE_URL = services.databaseUrl;
    process.env.TEST_AMQP_URL = services.amqpUrl;
    process.env.TEST_MANAGEMENT_URL = services.managementUrl;
    const machine = await describeMachine({ ...services, root: ROOT, load });
    console.log(
      `${machine.cores} cores, load ${load.toFixed(1)} before; Node ${machine.node}, Postgres ${machine.postgres},`,
    );
    console.log(`RabbitMQ ${machine.rabbitmq}, commits ${machine.commits.inMemory ? 'in memory' : 'on disk'}\n`);
    await Promise.race([work(services), interrupted]);
  } finally {
    await services?.stop();
    await endChildren();
  }
}
