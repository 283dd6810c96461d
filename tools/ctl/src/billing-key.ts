import { type CreateKey, KEYS, type KeySummary, type ListKeys, type RevokeKey } from '#billing-api/billing';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { id, required, tenant, text } from './options.ts';
import { aligned, table } from './text.ts';

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
  question({
    words: 'billing-key list',
    summary: "the keys of a tenant's billing, also those that were revoked",
    options: { tenant },
    queue: BILLING_COMMANDS,
    pattern: KEYS.list,
    payload: ({ tenant: tenantId }): ListKeys => ({ tenantId }),
    show: ({ keys }: { keys: KeySummary[] }) =>
      table(
        keys,
        [
          ['KEY', ({ keyId }) => keyId],
          ['LABEL', ({ label }) => label ?? ''],
          ['CREATED', ({ createdAt }) => createdAt],
          ['REVOKED', ({ revokedAt }) => revokedAt ?? 'no'],
        ],
        'The tenant has no keys.',
      ),
  }),
  question({
    words: 'billing-key revoke',
    summary: 'end a key at once, for good',
    options: { tenant, key: required(id('ID', 'the key; ctl billing-key list shows the ids')) },
    queue: BILLING_COMMANDS,
    pattern: KEYS.revoke,
    payload: ({ tenant: tenantId, key: keyId }): RevokeKey => ({ tenantId, keyId }),
    show: ({ keyId, revokedAt }: KeySummary) => `Key ${keyId} opens nothing since ${revokedAt}.`,
  }),
];
