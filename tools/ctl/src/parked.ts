import { type ListParked, PARKED, type ReplayParked } from '#billing-api/billing';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { id, tenant, whole } from './options.ts';
import { counted, table } from './text.ts';

const PAGE = 100;

/** A replay applies all that is parked of a tenant in one go. */
const REPLAY_MS = 120_000;

interface ParkedEvent {
  tenantId: string;
  eventId: string;
  type: string;
  reason: string;
}

export const parkedCommands = [
  question({
    words: 'parked list',
    summary: 'events billing could not apply and keeps in order, oldest first',
    options: {
      tenant: id('ID', 'only of this tenant'),
      limit: whole(1_000, `how many at most (${PAGE} if not given)`),
    },
    queue: BILLING_COMMANDS,
    pattern: PARKED.list,
    payload: ({ tenant: tenantId, limit }): ListParked => ({ ...(tenantId && { tenantId }), limit: limit ?? PAGE }),
    show: ({ parked }: { parked: ParkedEvent[] }) =>
      table(
        parked,
        [
          ['TENANT', ({ tenantId }) => tenantId],
          ['EVENT', ({ eventId }) => eventId],
          ['TYPE', ({ type }) => type],
          ['REASON', ({ reason }) => reason],
        ],
        'Nothing is parked.',
      ),
  }),
  question({
    words: 'parked replay',
    summary: "apply a tenant's parked events again: all of them, or none",
    options: { tenant },
    queue: BILLING_COMMANDS,
    pattern: PARKED.replay,
    deadlineMs: REPLAY_MS,
    payload: ({ tenant: tenantId }): ReplayParked => ({ tenantId }),
    show: ({ replayed }: { replayed: number }) => `${counted(replayed, 'parked event')} applied.`,
  }),
];
