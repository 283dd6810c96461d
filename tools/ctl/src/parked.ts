import { userInfo } from 'node:os';
import {
  type DiscardParked,
  type ListDiscarded,
  type ListParked,
  PARKED,
  type ReplayParked,
  type ShowParked,
} from '#billing-api/billing';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { id, required, tenant, text, whole } from './options.ts';
import { aligned, counted, plain, table } from './text.ts';

const PAGE = 100;

/** A replay applies all that is parked of a tenant in one go. */
const REPLAY_MS = 120_000;

interface ParkedEvent {
  tenantId: string;
  eventId: string;
  type: string;
  reason: string;
}

interface ParkedPlace extends ParkedEvent {
  content: string;
  parkedAt: string;
  ahead: number;
  behind: number;
}

interface DiscardedEvent extends ParkedEvent {
  actor: string;
  discardedAt: string;
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
    summary: "apply a tenant's parked events again, in order: all of them, or none",
    options: { tenant },
    queue: BILLING_COMMANDS,
    pattern: PARKED.replay,
    deadlineMs: REPLAY_MS,
    payload: ({ tenant: tenantId }): ReplayParked => ({ tenantId }),
    show: ({ replayed }: { replayed: number }) => `${counted(replayed, 'parked event')} applied.`,
  }),
  question({
    words: 'parked show',
    summary: 'one parked event: why, what it blocks, and its payload',
    options: { tenant, event: text('ID', "this event; without it the tenant's first, which blocks the others") },
    queue: BILLING_COMMANDS,
    pattern: PARKED.show,
    payload: ({ tenant: tenantId, event: eventId }): ShowParked => ({ tenantId, ...(eventId && { eventId }) }),
    show: shown,
  }),
  question({
    words: 'parked discard',
    summary: 'leave one parked event out for good, on record; what waits behind it is applied by parked replay',
    options: {
      tenant,
      event: text('ID', "this event; without it the tenant's first, if it is itself the cause"),
      reason: required(text('TEXT', 'why it may be left out; kept with the event, your name and the time')),
    },
    queue: BILLING_COMMANDS,
    pattern: PARKED.discard,
    payload: ({ tenant: tenantId, event: eventId, reason }): DiscardParked => ({
      tenantId,
      ...(eventId && { eventId }),
      reason,
      actor: `operator:${userInfo().username}`,
    }),
    show: ({ eventId, behind }: { eventId: string; behind: number }, { tenant: tenantId }) =>
      `Event ${plain(eventId)} is discarded. ${
        behind === 0
          ? 'Nothing waits behind it.'
          : `Behind it ${counted(behind, 'event')} still wait${behind === 1 ? 's' : ''}: ctl parked replay --tenant ${tenantId}`
      }`,
  }),
  question({
    words: 'parked discarded',
    summary: 'what was discarded, by whom and why, newest first',
    options: {
      tenant: id('ID', 'only of this tenant'),
      limit: whole(1_000, `how many at most (${PAGE} if not given)`),
    },
    queue: BILLING_COMMANDS,
    pattern: PARKED.discarded,
    payload: ({ tenant: tenantId, limit }): ListDiscarded => ({ ...(tenantId && { tenantId }), limit: limit ?? PAGE }),
    show: ({ discarded }: { discarded: DiscardedEvent[] }) =>
      table(
        discarded,
        [
          ['WHEN', ({ discardedAt }) => discardedAt],
          ['TENANT', ({ tenantId }) => tenantId],
          ['EVENT', ({ eventId }) => eventId],
          ['TYPE', ({ type }) => type],
          ['WHO', ({ actor }) => actor],
          ['REASON', ({ reason }) => reason],
        ],
        'Nothing was discarded.',
      ),
  }),
];

function shown({ tenantId, eventId, type, reason, content, parkedAt, ahead, behind }: ParkedPlace): string {
  const head = [
    ['Tenant', tenantId],
    ['Event', plain(eventId)],
    ['Type', plain(type)],
    ['Parked', plain(parkedAt)],
    ['Cause', plain(reason)],
    ['Blocks', `${counted(behind, 'event')} behind it${ahead > 0 ? `; waits behind ${ahead} itself` : ''}`],
  ];
  return `${aligned(head)}\n\n${indented(content)}`;
}

/** JSON on lines of its own, anything else as it came. */
function indented(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 2).split('\n').map(plain).join('\n');
  } catch {
    return content.split('\n').map(plain).join('\n');
  }
}
