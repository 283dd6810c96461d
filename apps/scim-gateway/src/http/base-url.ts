import type { FastifyRequest } from 'fastify';
import { badRequest } from '#scim/error';

export const SCIM_PATH = '/scim/v2';

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** What stands before `/Users` in the URLs that clients are given. */
export class BaseUrl {
  private readonly fixed: string | undefined;

  constructor(publicUrl: string | undefined) {
    this.fixed = publicUrl && `${publicUrl.replace(/\/+$/, '')}${SCIM_PATH}`;
  }

  /** @throws ScimError 400: the URL is taken from the request and its Host header is not one */
  of({ host, protocol }: Pick<FastifyRequest, 'host' | 'protocol'>): string {
    if (this.fixed !== undefined) return this.fixed;
    if (!HOST.test(host))
      throw badRequest('invalidValue', 'The Host header must be a host name, with a port or without.');
    return `${protocol}://${host}${SCIM_PATH}`;
  }
}
