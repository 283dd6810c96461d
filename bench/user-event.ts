import { type CloudEvent, cloudEvent } from '#events/envelope';
import { newId } from '#runtime/ids';

/** An event of a user, now, as the directory tells it of what a connection did. */
export function userEvent(
  tenantId: string,
  userId: string,
  verb: 'created' | 'deactivated' | 'activated' = 'created',
  version = 1,
): CloudEvent {
  return cloudEvent({
    source: 'rollcall/directory',
    type: `user.${verb}.v1`,
    tenantId,
    subject: `users/${userId}`,
    version,
    time: new Date(),
    cause: { commandId: newId(), requestId: newId(), actor: `connection:${tenantId}` },
    data: { userId, userName: `${userId}@example.com`, active: verb !== 'deactivated', managedBy: tenantId },
  });
}
