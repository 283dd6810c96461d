import type { RefusedConnection } from '#directory-api/connections';
import type { Answer } from '#rabbit/answer';
import { ScimError } from '#scim/error';

const DETAIL =
  'These credentials are not accepted. Check in the identity provider (Okta: the app, Provisioning, Integration) that ' +
  'the username and the token were pasted whole, with nothing before or after them, and in Rollcall that SCIM is turned ' +
  'on. A token is shown once and ends when a new one is made: if in doubt, make a new one and paste that.';

/** The 401 that all bad credentials get, whatever is wrong with them. */
export class NotAccepted extends ScimError {
  constructor(
    /** whose log is told why; undefined where the credentials name no connection */
    readonly refused?: RefusedConnection,
  ) {
    super(401, DETAIL);
  }
}

/** What the directory's 401 says of the connection that was meant; a body that is an error says nothing of one. */
export function refusedConnection(answer: Answer): RefusedConnection | undefined {
  const body = answer.json<Partial<RefusedConnection>>();
  return body.connectionId !== undefined && body.reason !== undefined ? (body as RefusedConnection) : undefined;
}
