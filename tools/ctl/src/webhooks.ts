import {
  type AddWebhook,
  type ListWebhooks,
  type NameWebhook,
  type RedeliverWebhook,
  WEBHOOKS,
  type WebhookEndpoint,
} from '#billing-api/webhooks';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { id, required, tenant, text, time } from './options.ts';
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
    show: ({ id: endpointId, url, secret }: WebhookEndpoint & { secret: string }) => {
      const lines = [
        ['Endpoint id', endpointId],
        ['URL', plain(url)],
        ['Secret', secret],
      ];
      return `${aligned(lines)}\n\nThe secret is shown this once. If it is lost, remove the endpoint and add it again.`;
    },
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
