import { type CloudEvent, cloudEvent } from '#events/envelope';
import type { UserState } from '#events/user-state';
import type { Delivery } from '#rabbit/ordered-consumer';
import { TENANT_HEADER } from '#rabbit/topology';
import { newId } from '#runtime/ids';

/** What a test wants an event of a user to be; the rest is made up. */
export interface UserFacts {
  type: string;
  tenantId: string;
  userId: string;
  version: number;
  active: boolean;
  userName?: string;
  time?: Date;
  signedInAt?: Date;
}

/** An event of a user as the directory tells it. */
export function userEvent({
  type,
  tenantId,
  userId,
  version,
  active,
  userName,
  time,
  signedInAt,
}: UserFacts): CloudEvent {
  const data: UserState = {
    userId,
    userName: userName ?? 'ada@example.com',
    active,
    managedBy: null,
    ...(signedInAt && { signedInAt: signedInAt.toISOString() }),
  };
  return cloudEvent({
    source: 'rollcall/directory',
    type,
    tenantId,
    subject: `users/${userId}`,
    version,
    time: time ?? new Date('2026-01-01T00:00:00.000Z'),
    cause: { commandId: newId(), requestId: 'request-1', actor: 'operator' },
    data: type === 'user.updated.v1' ? { ...data, changed: ['title'] } : data,
  });
}

/** `count` different people of a tenant, created active. */
export function peopleCreated(tenantId: string, count: number): CloudEvent[] {
  return Array.from({ length: count }, (_, index) =>
    userEvent({
      type: 'user.created.v1',
      tenantId,
      userId: newId(),
      version: 1,
      active: true,
      userName: `person-${index + 1}@example.com`,
    }),
  );
}

/** An event that is not a user's. */
export function tenantCreated(tenantId: string): CloudEvent {
  return cloudEvent({
    source: 'rollcall/directory',
    type: 'tenant.created.v1',
    tenantId,
    subject: `tenants/${tenantId}`,
    version: 1,
    time: new Date('2026-01-01T00:00:00.000Z'),
    cause: { commandId: newId(), requestId: 'request-1', actor: 'operator' },
    data: { name: 'Example Team' },
  });
}

/** The event as the broker delivers it. */
export function delivery(event: CloudEvent): Delivery {
  return {
    content: Buffer.from(JSON.stringify(event)),
    headers: { [TENANT_HEADER]: event.tenantid },
    type: event.type,
    messageId: event.id,
  };
}

/** A delivery for a tenant that no program can read. */
export function malformedDelivery(tenantId: string): Delivery {
  return {
    content: Buffer.from('{"this is": not JSON'),
    headers: { [TENANT_HEADER]: tenantId },
    type: 'user.created.v1',
    messageId: newId(),
  };
}
