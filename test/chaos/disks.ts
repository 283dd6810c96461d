import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { World } from './world.ts';

const run = promisify(execFile);
const SIZE = '768m';

/**
 * Gives Postgres and RabbitMQ a small disk each, in memory, below the data folder. It takes root and a kernel that lets it
 * mount; without them there are no disks, and the faults that need one are left out.
 */
export async function mountDisks(
  dataFolder: string,
): Promise<{ disks: World['disks']; unmount: () => Promise<unknown> }> {
  const disks = { postgres: join(dataFolder, 'postgres'), rabbitmq: join(dataFolder, 'rabbitmq') };
  const mounted: string[] = [];
  const unmount = () => Promise.all(mounted.map((folder) => run('umount', ['--lazy', folder])));
  try {
    for (const folder of Object.values(disks)) {
      await mkdir(folder, { recursive: true });
      await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
      mounted.push(folder);
      await chmod(folder, 0o755);
    }
    return { disks, unmount };
  } catch {
    await unmount();
    return { disks: undefined, unmount: async () => {} };
  }
}
