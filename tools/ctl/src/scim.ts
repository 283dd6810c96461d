import {
  CONNECTIONS,
  type ConnectionSecret,
  type DisableConnection,
  type EnableConnection,
  MEMBER_POLICIES,
  type RotateToken,
  SCOPES,
} from '#directory-api/connections';
import { DIALECTS } from '#directory-api/scim-command';
import { DIRECTORY_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { choice, tenant } from './options.ts';
import { aligned } from './text.ts';

export const scimCommands = [
  question({
    words: 'scim on',
    summary: 'turn SCIM on with a new token; when it is on, change its settings and leave the token',
    options: {
      tenant,
      scope: choice(SCOPES, 'what the identity provider may send (users_and_groups at first)'),
      members: choice(MEMBER_POLICIES, 'whose members a write of the provider may end (keep_local_members at first)'),
      'unknown-members': choice(['skipped', 'refused'], 'what becomes of member ids nobody has (skipped at first)'),
      dialect: choice(DIALECTS, 'which provider it is; auto tells by the User-Agent (auto at first)'),
    },
    queue: DIRECTORY_COMMANDS,
    pattern: CONNECTIONS.enable,
    payload: ({ tenant: tenantId, scope, dialect, members, 'unknown-members': unknown }): EnableConnection => ({
      tenantId,
      ...(members && { memberPolicy: members }),
      ...(unknown && { strictMembers: unknown === 'refused' }),
      ...(scope && { scope }),
      ...(dialect && { dialect }),
    }),
    show: (secret: ConnectionSecret) => `SCIM is on. ${pasted(secret)}`,
  }),
  question({
    words: 'scim off',
    summary: 'turn SCIM off; what it manages stays',
    options: { tenant },
    queue: DIRECTORY_COMMANDS,
    pattern: CONNECTIONS.disable,
    payload: ({ tenant: tenantId }): DisableConnection => ({ tenantId }),
    show: () => 'SCIM is off. Users and groups stay as they are.',
  }),
  question({
    words: 'scim rotate',
    summary: 'exchange the token; the old one ends at once',
    options: { tenant },
    queue: DIRECTORY_COMMANDS,
    pattern: CONNECTIONS.rotate,
    payload: ({ tenant: tenantId }): RotateToken => ({ tenantId }),
    show: (secret: ConnectionSecret) => `The old token no longer works. ${pasted(secret)}`,
  }),
];

function pasted({ username, token }: ConnectionSecret): string {
  if (token === undefined)
    return `Its username is ${username}; the token is as it was. To exchange it: ctl scim rotate`;
  const lines = [
    ['Username', username],
    ['Token', token],
  ];
  return `Paste these into Okta (Provisioning, Integration, HTTP Basic Auth):

${aligned(lines, '  ')}

The token is shown this once. If it is lost: ctl scim rotate`;
}
