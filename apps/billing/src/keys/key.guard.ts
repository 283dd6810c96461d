import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.ts';
import { KeysService } from './keys.service.ts';

const BEARER = /^Bearer +([^ ]+) *$/i;
const CHALLENGE = 'Bearer realm="rollcall billing"';

const NO_KEY = 'This needs a key: send the header Authorization: Bearer rck_… with a key of this tenant.';
const WRONG_KEY = 'The key is wrong or revoked. Ask the operator of Rollcall for a new one.';
const NO_TENANT = 'Your key opens no tenant of this id. Check the id in the path.';

/**
 * Lets in who has a key of the tenant in the path (RFC 6750). What another tenant has and what nobody has look the same.
 *
 * @throws Problem 401 without a valid key, 404 for any tenant but the key's own
 */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(@Inject(KeysService) private readonly keys: KeysService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers, params } = context.switchToHttp().getRequest<FastifyRequest<{ Params: { tenantId: string } }>>();
    const key = BEARER.exec(headers.authorization ?? '')?.[1];
    if (!key) throw new Problem(401, NO_KEY, { 'www-authenticate': CHALLENGE });
    const tenantId = await this.keys.tenantOf(key);
    if (!tenantId) throw new Problem(401, WRONG_KEY, { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` });
    if (params.tenantId.toLowerCase() !== tenantId) throw new Problem(404, NO_TENANT);
    return true;
  }
}
