import { eventually } from '../harness/eventually.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 90_000;

/**
 * Waits until nothing is on its way any more: no command waits or runs, every outbox is empty, no queue holds an event, and
 * the services take work. @throws with what is left when that takes longer than a minute and a half
 */
export async function drained(world: World): Promise<void> {
  await eventually(async () => {
    const left = [...(await unpublished(world)), ...(await waiting(world)), ...unready(await readiness(world))];
    if (left.length > 0) throw new Error(`still on its way after ${PATIENCE_MS / 1_000} s: ${left.join(', ')}`);
  }, PATIENCE_MS);
}

async function unpublished({ databases }: World): Promise<string[]> {
  const counts = Object.entries(databases).map(async ([name, database]) => {
    const [row] = await database.query('SELECT count(*)::int AS n FROM outbox WHERE published_at IS NULL');
    return row.n === 0 ? [] : [`${row.n} events in the outbox of ${name}`];
  });
  return (await Promise.all(counts)).flat();
}

/** Commands and events that the broker holds, delivered and not acknowledged ones included. */
async function waiting({ services: { rabbitmq } }: World): Promise<string[]> {
  const listed = await rabbitmq.control('-q', '--formatter', 'json', 'list_queues', 'name', 'messages', 'type');
  const queues = JSON.parse(listed) as { name: string; messages: number; type: string }[];
  return queues
    .filter(({ messages, type }) => messages > 0 && !type.includes('stream'))
    .map(({ name, messages }) => `${messages} messages in ${name}`);
}

async function readiness({ replicas }: World): Promise<[string, boolean][]> {
  return Promise.all(
    Object.values(replicas)
      .flat()
      .map(async ({ process }): Promise<[string, boolean]> => {
        const ready = await fetch(`${process.url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
          ({ status }) => status === 200,
          () => false,
        );
        return [process.name, ready];
      }),
  );
}

function unready(parts: [string, boolean][]): string[] {
  return parts.filter(([, ready]) => !ready).map(([name]) => `a ${name} is not ready`);
}
