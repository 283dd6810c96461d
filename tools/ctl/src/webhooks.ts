import {
  type AddWebhook,
  type ListWebhooks,
  type NameWebhook,
  type NewWebhookEndpoint,
  type RedeliverWebhook,
  type RotateWebhook,
  WEBHOOKS,
  type WebhookEndpoint,
} from '#billing-api/webhooks';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { id, required, tenant, text, time, whole } from './options.ts';
import { aligned, counted, plain, table } from './text.ts';

const endpoint = required(id('ID', 'the endpoint; ctl webhooks list shows the ids'));

export const webhooksCommands = [
  question({
    words: 'webhooks add',
    summary: "send a tenant's seat events to a URL from now on, signed",
    options: {
      tenant,
      url: required(text('URL', 'https, and on the public internet')),
      description: text('TEXT', 'what it is for, to be recognised by'),
    },
    queue: BILLING_COMMANDS,
    pattern: WEBHOOKS.add,
    payload: ({ tenant: tenantId, url, description }): AddWebhook => ({
      tenantId,
      url,
      ...(description && { description }),
    }),
    show: shownOnce,
  }),
  question({
    words: 'webhooks list',
    summary: "a tenant's webhook endpoints, how they fare and why not",
    options: { tenant },
    queue: BILLING_COMMANDS,
    pattern: WEBHOOKS.list,
    payload: ({ tenant: tenantId }): ListWebhooks => ({ tenantId }),
    show: ({ endpoints }: { endpoints: WebhookEndpoint[] }) =>
      table(
        endpoints,
        [
          ['ENDPOINT', ({ id: endpointId }) => endpointId],
          ['STATE', ({ state }) => state],
          ['ATTEMPTS', ({ attempts }) => String(attempts)],
          ['NEXT', ({ nextAttemptAt }) => nextAttemptAt ?? ''],
          ['PROBLEM', ({ disabledBecause, lastProblem }) => disabledBecause ?? lastProblem ?? ''],
          ['URL', ({ url }) => url],
        ],
        'The tenant has no webhook endpoints.',
      ),
  }),
  question({
    words: 'webhooks remove',
    summary: 'send nothing more to an endpoint',
    options: { tenant, endpoint },
    queue: BILLING_COMMANDS,
    pattern: WEBHOOKS.remove,
    payload: ({ tenant: tenantId, endpoint: endpointId }): NameWebhook => ({ tenantId, id: endpointId }),
    show: ({ id: endpointId }: { id: string }) => `Endpoint ${endpointId} is removed.`,
  }),
  question({
    words: 'webhooks enable',
    summary: 'send to an endpoint again from where it stopped, at once',
    options: { tenant, endpoint },
    queue: BILLING_COMMANDS,
    pattern: WEBHOOKS.enable,
    payload: ({ tenant: tenantId, endpoint: endpointId }): NameWebhook => ({ tenantId, id: endpointId }),
    show: ({ id: endpointId, state }: WebhookEndpoint) => `Endpoint ${endpointId} is ${state}.`,
  }),
  question({
    words: 'webhooks rotate',
    summary: 'a new secret; the one before signs as well for a while',
    options: {
      tenant,
      endpoint,
      'overlap-hours': whole(168, 'how long; 24 without it, 0 for a secret that somebody else knows', 0),
    },
    queue: BILLING_COMMANDS,
    pattern: WEBHOOKS.rotate,
    payload: ({ tenant: tenantId, endpoint: endpointId, 'overlap-hours': overlapHours }): RotateWebhook => ({
      tenantId,
      id: endpointId,
      ...(overlapHours !== undefined && { overlapHours }),
    }),
    show: shownOnce,
  }),
  question({
    words: 'webhooks redeliver',
    summary: 'send one event again, or all since a time; give --event or --since',
    options: {
      tenant,
      endpoint,
      event: id('ID', 'this event'),
      since: time('events that billing told at or after this time'),
    },
    queue: BILLING_COMMANDS,
    pattern: WEBHOOKS.redeliver,
    payload: ({ tenant: tenantId, endpoint: endpointId, event: eventId, since }): RedeliverWebhook => ({
      tenantId,
      id: endpointId,
      ...(eventId && { eventId }),
      ...(since && { since }),
    }),
    show: ({ events }: { events: number }) => `${counted(events, 'event')} will be sent again.`,
  }),
];

function shownOnce({ id: endpointId, url, secret, previousSecretUntil }: NewWebhookEndpoint): string {
  const lines = [
    ['Endpoint id', endpointId],
    ['URL', plain(url)],
    ['Secret', secret],
    ...(previousSecretUntil ? [['Before it', `signs as well until ${previousSecretUntil}`]] : []),
  ];
  return `${aligned(lines)}\n\nThe secret is shown this once. If it is lost: ctl webhooks rotate.`;
}
