import { type CreateKey, KEYS } from '#billing-api/billing';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { tenant, text } from './options.ts';
import { aligned } from './text.ts';

interface CreatedKey {
  keyId: string;
  key: string;
}

export const billingKeyCommands = [
  question({
    words: 'billing-key create',
    summary: "make a key for the HTTP API of a tenant's billing",
    options: { tenant, label: text('LABEL', 'what the key is for, to be recognised by') },
    queue: BILLING_COMMANDS,
    pattern: KEYS.create,
    payload: ({ tenant: tenantId, label }): CreateKey => ({ tenantId, ...(label && { label }) }),
    show: ({ keyId, key }: CreatedKey) => {
      const lines = [
        ['Key id', keyId],
        ['Key', key],
      ];
      return `${aligned(lines)}\n\nThe key is shown this once. If it is lost, make another.`;
    },
  }),
];
