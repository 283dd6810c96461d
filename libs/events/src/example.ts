import { catalog } from './catalog.ts';
import type { CloudEvent } from './envelope.ts';
import { SCIM_REQUEST_HANDLED } from './scim-request-handled.v1.ts';

const IDS = {
  event: '0192d5a4-7c1e-7000-8000-0000000000e1',
  tenant: '0192d5a4-7c1e-7000-8000-0000000000a1',
  command: '0192d5a4-7c1e-7000-8000-0000000000c1',
  cause: '0192d5a4-7c1e-7000-8000-0000000000e0',
} as const;

/**
 * A whole event of a type of the catalog, always the same: its example in an envelope of the service that tells it.
 *
 * @throws when the catalog has no such type
 */
export function exampleEvent(type: string): CloudEvent {
  const data = catalog[type]?.example;
  if (!data) throw new Error(`the catalog has no event ${type}`);
  const isSeat = type.startsWith('seat.');
  return {
    specversion: '1.0',
    id: IDS.event,
    source: sourceOf(type),
    type,
    subject: subjectOf(type, data as Record<string, unknown>),
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    tenantid: IDS.tenant,
    version: 1,
    commandid: IDS.command,
    requestid: 'req-1',
    actor: 'connection:0192d5a4-7c1e-7000-8000-000000000002',
    ...(isSeat && { causationid: IDS.cause }),
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: { ...data },
  };
}

/** First words of the types that billing tells. */
const BILLING = ['cap', 'plan', 'seat', 'seats', 'term'];

/** Who tells events of a type. */
export function sourceOf(type: string): CloudEvent['source'] {
  if (BILLING.includes(type.split('.')[0] ?? '')) return 'rollcall/billing';
  return type === SCIM_REQUEST_HANDLED ? 'rollcall/scim-gateway' : 'rollcall/directory';
}

function subjectOf(type: string, data: Record<string, unknown>): string {
  if (type.startsWith('user.')) return `users/${data.userId}`;
  if (type.startsWith('group.')) return `groups/${data.groupId}`;
  if (type.startsWith('seat.')) return `seats/${data.userId}`;
  if (type.startsWith('seats.')) return `snapshots/${data.day}`;
  if (type.startsWith('plan.')) return `plans/${data.planVersion}`;
  if (type.startsWith('cap.')) return `caps/${data.term}/${data.threshold}`;
  if (type.startsWith('term.')) return `terms/${data.number}`;
  if (type.startsWith('tenant.')) return `tenants/${IDS.tenant}`;
  if (type === SCIM_REQUEST_HANDLED) return 'requests/req-1';
  return `connections/${data.connectionId}`;
}
