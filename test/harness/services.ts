import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './root.ts';

export interface Services {
  databaseUrl: string;
  amqpUrl: string;
  managementUrl: string;
  postgresPid: number;
  rabbitmqPid: number;
  dataFolder: string;
  stop(): Promise<void>;
}

/**
 * A Postgres and a RabbitMQ for this run alone, with their data in a temporary folder that `stop` removes.
 *
 * @param onExit called when one of them ends unasked
 * @throws with one line that says what to do
 */
export async function startServices(log: (line: string) => void, onExit: (reason: string) => void): Promise<Services> {
  const { startPostgres } = await script<typeof import('../../scripts/services/postgres.mjs')>('postgres.mjs');
  const { startRabbitmq } = await script<typeof import('../../scripts/services/rabbitmq.mjs')>('rabbitmq.mjs');
  const dataFolder = await mkdtemp(join(tmpdir(), 'rollcall-'));
  // Postgres may have to run as another user, who has to get in.
  await chmod(dataFolder, 0o755);
  const [postgres, rabbitmq] = await Promise.allSettled([
    startPostgres({ directory: join(dataFolder, 'postgres'), log, onExit }),
    startRabbitmq({ directory: join(dataFolder, 'rabbitmq'), log, onExit }),
  ]);
  const stop = async () => {
    await Promise.all([postgres, rabbitmq].map(async (each) => each.status === 'fulfilled' && each.value.stop()));
    await rm(dataFolder, { recursive: true, force: true });
  };
  if (postgres.status === 'rejected' || rabbitmq.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : (rabbitmq as PromiseRejectedResult).reason;
  }
  return {
    databaseUrl: postgres.value.url,
    amqpUrl: rabbitmq.value.url,
    managementUrl: rabbitmq.value.managementUrl,
    postgresPid: postgres.value.pid,
    rabbitmqPid: rabbitmq.value.pid,
    dataFolder,
    stop,
  };
}

/** Ends what this process started and could not stop in order, such as apps of a system that did not come up. */
export async function endChildren(): Promise<void> {
  const { descendants, endProcess } = await script<{
    descendants(pid: number): number[];
    endProcess(pid: number, options: object): Promise<unknown>;
  }>('processes.mjs');
  await Promise.all(descendants(process.pid).map((pid) => endProcess(pid, {})));
}

/** The scripts are not compiled, so they are not beside us at run time. */
async function script<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(join(ROOT, 'scripts/services', name)).href)) as Module;
}
