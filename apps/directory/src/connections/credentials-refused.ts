import type { RefusedConnection } from '#directory-api/connections';
import { ScimError } from '#scim/error';

/** What was found about credentials. */
export interface Checks {
  enabled: boolean;
  /** no username was sent, or the connection's */
  isNamed: boolean;
  /** the token is or was one of the connection's */
  isKnown: boolean;
  isRevoked: boolean;
}

/** Why these credentials open nothing, for the administrator's log; undefined when they open the connection. */
export function reasonToRefuse({ enabled, isNamed, isKnown, isRevoked }: Checks): string | undefined {
  if (!isKnown && !isNamed) return 'Neither the username nor the token is the one of this connection.';
  if (!isKnown) return 'The token was never one of this connection: it was pasted with a mistake, or made elsewhere.';
  if (isRevoked) return 'The token was replaced by a newer one. Paste the newest, or make another (ctl scim rotate).';
  if (!isNamed) return 'The token is right and the username is not the one of this connection.';
  return enabled ? undefined : 'The token is right and SCIM is turned off (ctl scim on).';
}

/** The client is not told why; the log of the tenant is, where the token names a tenant with a connection. */
export class CredentialsRefused extends ScimError {
  constructor(readonly connection?: RefusedConnection) {
    super(401, 'The username or token is wrong, or SCIM is turned off.');
  }
}
