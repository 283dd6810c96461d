import { type CreateTenant, type ListTenants, TENANTS } from '#directory-api/admin';
import { DIRECTORY_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { required, text } from './options.ts';
import { plain, table, yesNo } from './text.ts';

interface TenantRow {
  tenantId: string;
  name: string;
  ssoConfigured: boolean;
  scimEnabled: boolean;
}

export const tenantCommands = [
  question({
    words: 'tenant create',
    summary: 'make a tenant: one customer team',
    options: { name: required(text('NAME', 'what the team is called')) },
    queue: DIRECTORY_COMMANDS,
    pattern: TENANTS.create,
    payload: ({ name }): CreateTenant => ({ name }),
    show: ({ tenantId, name }: { tenantId: string; name: string }) => `Tenant ${plain(name)} has the id ${tenantId}`,
  }),
  question({
    words: 'tenant list',
    summary: 'the tenants, newest first',
    options: {},
    queue: DIRECTORY_COMMANDS,
    pattern: TENANTS.list,
    payload: (): ListTenants => ({}),
    show: (tenants: TenantRow[]) =>
      table(
        tenants,
        [
          ['TENANT', ({ tenantId }) => tenantId],
          ['SSO', ({ ssoConfigured }) => yesNo(ssoConfigured)],
          ['SCIM', ({ scimEnabled }) => yesNo(scimEnabled)],
          ['NAME', ({ name }) => name],
        ],
        'There are no tenants. Make one with: ctl tenant create --name NAME',
      ),
  }),
];
