import { appendFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { Client } from 'pg';
import { cloudEvent } from '#events/envelope';
import { TENANT_CREATED } from '#events/tenant-created.v1';
import { append } from '#outbox/append';
import { DIRECTORY_EVENTS, TENANT_HEADER } from '#rabbit/topology';
import { FAILPOINTS, type Failpoint } from '#runtime/failpoint';
import { newId } from '#runtime/ids';
import { eventually } from '../harness/eventually.ts';
import { pick, type Random, shuffled, whole } from '../harness/random.ts';
import type { ServiceName, World } from './world.ts';

/** Something that goes wrong, for `holdMs` where it lasts, and is mended when the promise settles. */
export interface Fault {
  name: string;
  /** what it needs that not every machine has; the reason why it cannot be, or nothing */
  impossible?: (world: World) => string | undefined;
  inject: (world: World, next: Random, holdMs: number) => Promise<void>;
  /** no request may be refused while it lasts */
  isHarmless?: true;
}

const SERVICES: ServiceName[] = ['scim-gateway', 'directory', 'billing'];
/** How long a process may take to pass an armed point: it needs the traffic that leads there. */
const STRIKE_MS = 4_000;

/** Which services pass a point. */
const PASSED_BY: Record<Failpoint, ServiceName[]> = {
  'command.asked': ['scim-gateway'],
  'reply.received': ['scim-gateway'],
  'command.received': ['directory'],
  'command.written': ['directory'],
  'command.committed': ['directory'],
  'command.answered': ['directory'],
  'relay.read': ['directory'],
  'relay.published': ['directory'],
  'relay.marked': ['directory'],
  'batch.received': ['billing'],
  'batch.written': ['billing'],
  'batch.applied': ['billing'],
  'batch.acknowledged': ['billing'],
};

const killed = (service: ServiceName): Fault => ({
  name: `kill -9 of a ${service}`,
  inject: async ({ replicas }, next) => {
    const { process } = pick(next, replicas[service]);
    await delay(whole(next, 0, 300));
    process.signal('SIGKILL');
  },
});

/** Work may go by one replica for a while, such as a partition's, so the others are tried when it does not pass the point. */
const struck = (point: Failpoint): Fault => ({
  name: `kill -9 at ${point}`,
  inject: async ({ replicas }, next) => {
    const candidates = PASSED_BY[point].flatMap((service) => shuffled(next, replicas[service]));
    const passes = whole(next, 0, 10);
    for (const replica of candidates) if (await replica.strikesAt(point, passes, STRIKE_MS)) return;
    throw new Error(`no process came past ${point} so often`);
  },
});

const frozen = (service: ServiceName): Fault => ({
  name: `SIGSTOP of a ${service}`,
  inject: async ({ replicas }, next, holdMs) => {
    const { process } = pick(next, replicas[service]);
    process.signal('SIGSTOP');
    await delay(holdMs);
    process.signal('SIGCONT');
  },
});

const line = (
  which: 'postgres' | 'rabbitmq',
  name: string,
  inject: (proxy: World['proxies']['postgres'], holdMs: number) => Promise<void>,
): Fault => ({
  name: `${which}: ${name}`,
  inject: ({ proxies }, _next, holdMs) => inject(proxies[which], holdMs),
});

const lines = (['postgres', 'rabbitmq'] as const).flatMap((which) => [
  line(which, 'connections cut', async (proxy, holdMs) => {
    proxy.cut();
    await delay(holdMs);
    proxy.mend();
  }),
  line(which, 'connections reset, again and again', async (proxy, holdMs) => {
    for (const end = performance.now() + holdMs; performance.now() < end; await delay(400)) proxy.reset();
  }),
  line(which, '100 ms of latency', async (proxy, holdMs) => {
    proxy.latencyMs = 100;
    await delay(holdMs);
    proxy.mend();
  }),
]);

const services: Fault[] = [
  {
    name: 'kill -9 of Postgres',
    inject: async ({ services: { postgres } }) => {
      await postgres.kill();
      await postgres.restart();
    },
  },
  {
    name: 'kill -9 of RabbitMQ',
    inject: async ({ services: { rabbitmq } }) => {
      await rabbitmq.kill();
      await rabbitmq.restart();
    },
  },
  {
    name: 'broker memory alarm: publishers blocked',
    inject: async ({ services: { rabbitmq } }, _next, holdMs) => {
      await rabbitmq.control('set_vm_memory_high_watermark', 'absolute', '1MB');
      await delay(holdMs);
      await rabbitmq.control('set_vm_memory_high_watermark', '0.4');
    },
  },
];

const database: Fault[] = [
  {
    name: 'every database connection taken, and a table locked',
    inject: async ({ services: { databaseUrl }, databases }, _next, holdMs) => {
      const hogs: Client[] = [];
      const lock = databases.directory.createQueryRunner();
      await lock.connect();
      await lock.startTransaction();
      try {
        await lock.query('LOCK TABLE users IN EXCLUSIVE MODE');
        for (let hog = await connected(databaseUrl); hog; hog = await connected(databaseUrl)) hogs.push(hog);
        await delay(holdMs);
      } finally {
        await lock.rollbackTransaction();
        await lock.release();
        await Promise.all(hogs.map((hog) => hog.end().catch(() => {})));
      }
    },
  },
  {
    name: 'an outbox transaction that commits late',
    isHarmless: true,
    inject: async ({ databases }, _next, holdMs) => {
      const tenantId = newId();
      const event = cloudEvent({
        source: 'rollcall/directory',
        type: TENANT_CREATED,
        tenantId,
        subject: `tenants/${tenantId}`,
        version: 1,
        time: new Date(),
        cause: { commandId: newId(), requestId: 'chaos', actor: 'operator' },
        data: { tenantId, name: 'Late Team' },
      });
      await databases.directory.transaction(async (tx) => {
        await append(tx, event);
        await delay(holdMs);
      });
    },
  },
];

const events: Fault[] = [
  {
    name: 'events tripled, shuffled and delayed',
    isHarmless: true,
    inject: async ({ databases, services: { amqpUrl } }, next, holdMs) => {
      const rows: { type: string; tenant_id: string; event: object }[] = await databases.directory.query(
        'SELECT type, tenant_id, event FROM outbox WHERE published_at IS NOT NULL ORDER BY position DESC LIMIT 300',
      );
      const again = [...rows, ...rows, ...rows].map((row) => ({ row, at: next() })).sort((a, b) => a.at - b.at);
      await delay(holdMs / 2);
      await published(
        amqpUrl,
        again.map(({ row: { type, tenant_id, event } }) => ({
          type,
          tenantId: tenant_id,
          content: JSON.stringify(event),
        })),
      );
    },
  },
  {
    name: 'poison among the events',
    isHarmless: true,
    inject: async (world) => {
      const content = '{"specversion":"1.0","poison":true}';
      await published(world.services.amqpUrl, [{ type: TENANT_CREATED, tenantId: newId(), content }]);
      world.poisoned += 1;
    },
  },
];

const others: Fault[] = [
  {
    name: 'a directory whose clock jumps by an hour, ahead and back',
    isHarmless: true,
    inject: async ({ replicas }, next, holdMs) => {
      const replica = pick(next, replicas.directory);
      for (const hours of [1, -1, 0]) {
        replica.jump(hours * 3_600_000);
        await delay(holdMs / 3);
      }
    },
  },
  {
    name: 'a rolling restart of every replica',
    isHarmless: true,
    inject: async ({ replicas }) => {
      for (const service of SERVICES) for (const replica of replicas[service]) await replica.roll();
    },
  },
  {
    name: 'the disk of Postgres is full',
    impossible: needsDisks,
    inject: async ({ disks, services: { postgres } }, _next, holdMs) => {
      if (!disks) return;
      await filled(disks.postgres, 0, () => delay(holdMs));
      // It is not promised to recover by itself from a write that had no room: whoever made room starts it again.
      await postgres.restart();
    },
  },
  {
    // Not to the last byte: RabbitMQ 3.10 does not recover a stream whose last write had no room (docs/reliability.md).
    name: 'the disk of RabbitMQ is full, up to its own limit',
    impossible: needsDisks,
    inject: async ({ disks, services: { rabbitmq } }, _next, holdMs) => {
      if (!disks) return;
      await filled(disks.rabbitmq, BELOW_ALARM_BYTES, async () => {
        await eventually(async () => {
          if (!(await rabbitmq.control('-q', 'eval', 'rabbit_alarm:get_alarms().')).includes('disk'))
            throw new Error('no alarm');
        });
        await delay(holdMs);
      });
    },
  },
];

function needsDisks({ disks }: World): string | undefined {
  return disks ? undefined : 'it takes root, to give the service a small disk of its own';
}

/** Everything that can go wrong. */
export const FAULTS: readonly Fault[] = [
  ...SERVICES.map(killed),
  ...FAILPOINTS.map(struck),
  ...SERVICES.map(frozen),
  ...services,
  ...lines,
  ...database,
  ...events,
  ...others,
];

async function published(
  amqpUrl: string,
  messages: { type: string; tenantId: string; content: string }[],
): Promise<void> {
  const model = await connect(amqpUrl);
  const channel = await model.createConfirmChannel();
  for (const { type, tenantId, content } of messages) {
    channel.publish(DIRECTORY_EVENTS, type, Buffer.from(content), {
      persistent: true,
      messageId: newId(),
      headers: { [TENANT_HEADER]: tenantId },
    });
  }
  await channel.waitForConfirms();
  await model.close();
}

/** @returns nothing when the server takes no more connections */
async function connected(connectionString: string): Promise<Client | undefined> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  return client.connect().then(
    () => client,
    () => undefined,
  );
}

/** RabbitMQ blocks publishers when less than 50 MB are free. */
const BELOW_ALARM_BYTES = 30 * 1024 ** 2;
const PIECE = Buffer.alloc(1024 * 1024);

/** Fills a disk but for some bytes, and makes room again when the work is done. */
async function filled(disk: string, left: number, work: () => Promise<unknown>): Promise<void> {
  const ballast = join(disk, 'ballast');
  try {
    for (;;) {
      const { bavail, bsize } = await statfs(disk);
      if (bavail * bsize <= left) break;
      await appendFile(ballast, PIECE);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  try {
    await work();
  } finally {
    await rm(ballast);
  }
}
