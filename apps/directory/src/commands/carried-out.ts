import type { EntityManager } from 'typeorm';
import { eventsOfCommand } from '#outbox/append';
import type { CommandContext } from '#rabbit/server';

/**
 * The id of what a redelivered command changed before it could be answered; undefined when it is delivered for the first
 * time, or changed nothing then. It is answered again, not applied again (docs/adr/0003).
 */
export async function carriedOut(
  tx: EntityManager,
  tenantId: string,
  { redelivered, commandId }: CommandContext,
): Promise<string | undefined> {
  if (!redelivered) return undefined;
  const [event] = await eventsOfCommand(tx, tenantId, commandId);
  return event?.subject.slice(event.subject.indexOf('/') + 1);
}
