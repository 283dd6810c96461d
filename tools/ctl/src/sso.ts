import { type SetSso, SSO } from '#directory-api/admin';
import { DIRECTORY_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { textOrFile } from './file-text.ts';
import { choice, required, tenant, text } from './options.ts';

export const ssoCommands = [
  question({
    words: 'sso set',
    summary: 'set how a tenant signs in; SCIM needs it first',
    options: {
      tenant,
      kind: required(choice(['saml', 'oidc'] as const, 'the protocol')),
      issuer: required(text('ID', 'SAML entity id or OIDC issuer')),
      'sign-in-url': required(text('URL', "the identity provider's sign-in page")),
      certificate: text('PEM|@FILE', "SAML: the provider's signing certificate"),
    },
    queue: DIRECTORY_COMMANDS,
    pattern: SSO.set,
    payload: ({ tenant: tenantId, kind, issuer, 'sign-in-url': signInUrl, certificate }): SetSso => ({
      tenantId,
      kind,
      issuer,
      signInUrl,
      ...(certificate && { certificate: textOrFile('certificate', certificate) }),
    }),
    show: ({ kind }: { kind: string }) => `SSO is set to ${kind}. Next: ctl scim on`,
  }),
];
