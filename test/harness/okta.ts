import { OktaApp, type Style } from '../../tools/okta/src/app.ts';
import { OktaGroups } from '../../tools/okta/src/groups.ts';
import { type Exchange, ScimTransport } from '../../tools/okta/src/transport.ts';
import type { Team } from './system.ts';

/** The stand-in for Okta with a team's credentials pasted in. */
export function oktaFor(team: Pick<Team, 'scimBaseUrl' | 'username' | 'token'>, style: Style = 'catalogue') {
  const exchanges: Exchange[] = [];
  const transport = new ScimTransport({
    baseUrl: team.scimBaseUrl,
    credentials: { mode: 'basic', username: team.username, token: team.token },
    onExchange: (exchange) => exchanges.push(exchange),
  });
  const app = new OktaApp({ transport, style });
  return { app, groups: new OktaGroups({ app }), transport, exchanges, close: () => transport.close() };
}

export type Okta = ReturnType<typeof oktaFor>;
