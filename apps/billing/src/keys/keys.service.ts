import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import type { CreateKey, KeySummary, RevokeKey } from '#billing-api/billing';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { issueToken, readToken } from '#runtime/token';
import { Problem } from '../problem/problem.ts';
import { ApiKey } from './api-key.entity.ts';

const PREFIX = 'rck_';

/** Keys of the billing team. A key names its tenant, so that it opens nothing else and is found by tenant first. */
@Injectable()
export class KeysService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Makes a key. It is given out here once; only its hash is stored. */
  async create({ tenantId, label }: CreateKey): Promise<{ keyId: string; key: string }> {
    const { token: key, tokenHash: keyHash } = issueToken(PREFIX, tenantId);
    const keyId = newId();
    await this.dataSource.manager.insert(ApiKey, {
      tenantId,
      id: keyId,
      keyHash,
      label: label ?? null,
      createdAt: this.clock.now(),
      revokedAt: null,
    });
    return { keyId, key };
  }

  async list(tenantId: string): Promise<KeySummary[]> {
    const keys = await this.dataSource.manager.find(ApiKey, { where: { tenantId }, order: { id: 'DESC' } });
    return keys.map(summary);
  }

  /** Ends a key, for good and at once. @throws Problem 404 */
  async revoke({ tenantId, keyId: id }: RevokeKey): Promise<KeySummary> {
    await this.dataSource.manager.update(
      ApiKey,
      { tenantId, id, revokedAt: IsNull() },
      { revokedAt: this.clock.now() },
    );
    const key = await this.dataSource.manager.findOneBy(ApiKey, { tenantId, id });
    if (!key) throw new Problem(404, 'The tenant has no key of this id. List its keys.');
    return summary(key);
  }

  /** The tenant a key opens, or undefined for one that was never given out or is revoked. */
  async tenantOf(key: string): Promise<string | undefined> {
    const claim = readToken(PREFIX, key);
    if (!claim) return undefined;
    const { tenantId, tokenHash: keyHash } = claim;
    const known = await this.dataSource.manager.existsBy(ApiKey, { tenantId, keyHash, revokedAt: IsNull() });
    return known ? tenantId : undefined;
  }
}

function summary({ id: keyId, label, createdAt, revokedAt }: ApiKey): KeySummary {
  return { keyId, label, createdAt: createdAt.toISOString(), revokedAt: revokedAt?.toISOString() ?? null };
}
