import type { RabbitConnection } from './connection.ts';

/**
 * Hears events as they happen, in every process, keeping nothing: for caches. After a lost connection events may have been
 * missed, so `gap` is called each time listening starts; a cache empties itself there.
 */
export async function listen(
  connection: RabbitConnection,
  { exchange, keys, gap }: { exchange: string; keys: string[]; gap: () => void },
  heard: (content: Buffer) => void,
): Promise<void> {
  await connection.channel(async (channel) => {
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
    for (const key of keys) await channel.bindQueue(queue, exchange, key);
    await channel.consume(queue, (message) => message && heard(message.content), { noAck: true });
    gap();
  });
}
