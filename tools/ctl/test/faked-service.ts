import type { Answer } from '#rabbit/answer';
import type { RabbitConnection } from '#rabbit/connection';
import { RabbitServer } from '#rabbit/server';

/** Plays a service that knows one command. */
export function serve(
  connection: RabbitConnection,
  queue: string,
  pattern: string,
  answer: (data: unknown) => Answer,
): Promise<void> {
  return serveAll(connection, queue, { [pattern]: answer });
}

/** Plays a service that knows these commands. */
export async function serveAll(
  connection: RabbitConnection,
  queue: string,
  answers: Record<string, (data: unknown) => Answer>,
): Promise<void> {
  const server = new RabbitServer(connection, { commands: { queue, prefetch: 10 } });
  for (const [pattern, answer] of Object.entries(answers)) {
    server.addHandler(pattern, async (data) => answer(data) as never);
  }
  await new Promise<void>((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
}

/** What an operator sees of an event; the rest of the envelope is left out. */
export function event(type: string, tenantid: string, data: object) {
  return { type, tenantid, time: '2026-01-01T00:00:00.000Z', subject: 'users/1', version: 1, data };
}
