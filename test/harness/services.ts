import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Postgres } from '../../scripts/services/postgres.d.mts';
import type { Rabbitmq } from '../../scripts/services/rabbitmq.d.mts';
import { ROOT } from './root.ts';

export interface Services {
  databaseUrl: string;
  amqpUrl: string;
  managementUrl: string;
  postgres: Postgres;
  rabbitmq: Rabbitmq;
  dataFolder: string;
  stop(): Promise<void>;
}

/**
 * A Postgres and a RabbitMQ for this run alone, with their data in a temporary folder that `stop` removes.
 *
 * @param onExit called when one of them ends unasked
 * @param prepare makes the data folder ready, such as with disks of its own, and returns what undoes that
 * @throws with one line that says what to do
 */
export async function startServices(
  log: (line: string) => void,
  onExit: (reason: string) => void,
  prepare: (dataFolder: string) => Promise<() => Promise<unknown>> = async () => async () => {},
): Promise<Services> {
  const { startPostgres } = await script<typeof import('../../scripts/services/postgres.mjs')>('services/postgres.mjs');
  const { startRabbitmq } = await script<typeof import('../../scripts/services/rabbitmq.mjs')>('services/rabbitmq.mjs');
  const dataFolder = await mkdtemp(join(tmpdir(), 'rollcall-'));
  // Postgres may have to run as another user, who has to get in.
  await chmod(dataFolder, 0o755);
  const unprepare = await prepare(dataFolder);
  const [postgres, rabbitmq] = await Promise.allSettled([
    startPostgres({ directory: join(dataFolder, 'postgres'), log, onExit }),
    startRabbitmq({ directory: join(dataFolder, 'rabbitmq'), log, onExit }),
  ]);
  const stop = async () => {
    await Promise.all([postgres, rabbitmq].map(async (each) => each.status === 'fulfilled' && each.value.stop()));
    await unprepare();
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
    postgres: postgres.value,
    rabbitmq: rabbitmq.value,
    dataFolder,
    stop,
  };
}

/** Ends what this process started and could not stop in order, such as apps of a system that did not come up. */
export async function endChildren(): Promise<void> {
  const { descendants, endProcess } = await script<{
    descendants(pid: number): number[];
    endProcess(pid: number, options: object): Promise<unknown>;
  }>('services/processes.mjs');
  await Promise.all(descendants(process.pid).map((pid) => endProcess(pid, {})));
}

/** @see freePort in scripts/services/ports.mjs */
export async function freePort(): Promise<number> {
  const ports = await script<typeof import('../../scripts/services/ports.mjs')>('services/ports.mjs');
  return ports.freePort();
}

/** The scripts are not compiled, so they are not beside us at run time. */
export async function script<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(join(ROOT, 'scripts', name)).href)) as Module;
}
