import type { FastifyInstance } from 'fastify';
import type { ConnectionIdentity, RefusedConnection } from '#directory-api/connections';
import { SCIM_PATH } from '../http/base-url.ts';
import type { Authenticator } from './authenticator.ts';
import { NotAccepted } from './not-accepted.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** on SCIM routes: the connection whose credentials came with the request */
    identity: ConnectionIdentity;
    /** on SCIM routes: the connection that credentials which are not good were meant for, where they name one */
    refused: RefusedConnection | undefined;
  }
}

/**
 * Asks for credentials on every SCIM route. It is a hook and not a Nest guard because a guard runs after the body was
 * read: nobody unknown gets to have ten megabytes kept in memory.
 */
export function requireCredentials(http: FastifyInstance, authenticator: Authenticator) {
  http.decorateRequest('identity');
  http.decorateRequest('refused');
  http.addHook('onRequest', (request, _reply, done) => {
    if (!request.routeOptions.url?.startsWith(SCIM_PATH)) return done();
    const accept = (identity: ConnectionIdentity) => {
      request.identity = identity;
      done();
    };
    const refuse = (error: unknown) => {
      if (error instanceof NotAccepted) request.refused = error.refused;
      done(error as Error);
    };
    try {
      const found = authenticator.identify(request.headers.authorization);
      if (found instanceof Promise) found.then(accept, refuse);
      else accept(found);
    } catch (error) {
      refuse(error);
    }
  });
}
