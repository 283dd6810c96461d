import { interruption } from './interruption.ts';
import { endChildren, type Services, startServices } from './services.ts';
import { type System, startSystem } from './system.ts';

const GIVEN = ['TEST_DATABASE_URL', 'TEST_AMQP_URL', 'TEST_MANAGEMENT_URL'];

/**
 * Does a command's work on the whole system, started on a Postgres and a RabbitMQ of its own, or on those of
 * TEST_DATABASE_URL, TEST_AMQP_URL and TEST_MANAGEMENT_URL. Everything it started is stopped when it settles, whichever
 * way.
 *
 * @throws Interrupted when a signal came first; what `work` throws
 */
export async function withSystem<T>(say: (line: string) => void, work: (system: System) => Promise<T>): Promise<T> {
  const { interrupted, interrupt } = interruption();
  let services: Services | undefined;
  let system: System | undefined;
  try {
    if (!GIVEN.every((name) => process.env[name])) {
      services = await startServices(say, (reason) => interrupt(new Error(reason)));
      process.env.TEST_DATABASE_URL = services.databaseUrl;
      process.env.TEST_AMQP_URL = services.amqpUrl;
      process.env.TEST_MANAGEMENT_URL = services.managementUrl;
    }
    say('bringing up the system');
    system = await Promise.race([startSystem(), interrupted]);
    return await Promise.race([work(system), interrupted]);
  } finally {
    await system?.stop().catch((error: Error) => say(`while stopping: ${error.message}`));
    await services?.stop();
    await endChildren();
  }
}
