import {
  type AddEntitlement,
  type AddedEntitlement,
  CATALOGUE,
  type CatalogueEntry,
  type ListEntitlements,
  type NameEntitlement,
  type RemovedEntitlement,
} from '#directory-api/entitlements';
import { DIRECTORY_COMMANDS } from '#rabbit/topology';
import { CATALOGUE_KINDS } from '#scim/okta-entitlements';
import { question } from './command.ts';
import { choice, required, tenant, text } from './options.ts';
import { counted, plain, table } from './text.ts';

const kind = required(choice(CATALOGUE_KINDS, 'served at /Roles or at /Entitlements'));
const entry = required(text('VALUE', 'its id, and the value that users have it by'));

export const entitlementsCommands = [
  question({
    words: 'entitlements add',
    summary: 'offer a role or entitlement to the identity provider, or change what is said of it',
    options: {
      tenant,
      kind,
      id: entry,
      name: required(text('NAME', 'what it is called')),
      type: text('TYPE', 'what kind of thing it is, such as License'),
      description: text('TEXT', 'what it stands for'),
    },
    queue: DIRECTORY_COMMANDS,
    pattern: CATALOGUE.add,
    payload: ({ tenant: tenantId, kind, id, name: displayName, type, description }): AddEntitlement => ({
      tenantId,
      kind,
      id,
      displayName,
      ...(type && { type }),
      ...(description && { description }),
    }),
    show: ({ kind, id, displayName, outcome }: AddedEntitlement) =>
      `${kind} ${plain(id)} (${plain(displayName)}) is ${outcome}`,
  }),
  question({
    words: 'entitlements list',
    summary: 'the roles and entitlements that a tenant offers',
    options: { tenant },
    queue: DIRECTORY_COMMANDS,
    pattern: CATALOGUE.list,
    payload: ({ tenant: tenantId }): ListEntitlements => ({ tenantId }),
    show: (entries: CatalogueEntry[]) =>
      table(
        entries,
        [
          ['KIND', ({ kind }) => kind],
          ['ID', ({ id }) => id],
          ['TYPE', ({ type }) => type ?? '-'],
          ['NAME', ({ displayName }) => displayName],
          ['DESCRIPTION', ({ description }) => description],
        ],
        'No roles or entitlements.',
      ),
  }),
  question({
    words: 'entitlements remove',
    summary: 'no longer offer a role or entitlement; users who have it keep it',
    options: { tenant, kind, id: entry },
    queue: DIRECTORY_COMMANDS,
    pattern: CATALOGUE.remove,
    payload: ({ tenant: tenantId, kind, id }): NameEntitlement => ({ tenantId, kind, id }),
    show: ({ kind, id, holders }: RemovedEntitlement) =>
      `${kind} ${plain(id)} is no longer offered; ${counted(holders, 'user')} still ${holders === 1 ? 'has' : 'have'} it`,
  }),
];
