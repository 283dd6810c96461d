import type { DataSource } from 'typeorm';
import { pages } from '#postgres/pages';
import { logger } from '#runtime/logger';
import { type Seal, Unsealable } from './seal.ts';

/** Endpoints read at once. */
const STEP = 500;

interface Kept {
  tenantId: string;
  id: string;
  secret: Buffer;
  previous: Buffer | null;
}

/**
 * Brings kept secrets to the first key: those of before there was one, and those of a key that is on its way out. One that
 * cannot be opened stays as it is.
 *
 * @returns how many endpoints were brought to it
 */
export async function resealSecrets(dataSource: DataSource, seal: Seal): Promise<number> {
  let resealed = 0;
  const all = pages(STEP, (last?: Kept) =>
    dataSource.query<Kept[]>(
      `SELECT tenant_id AS "tenantId", id, secret, previous_secret AS previous FROM webhook_endpoint
       WHERE $1::uuid IS NULL OR (tenant_id, id) > ($1, $2) ORDER BY tenant_id, id LIMIT ${STEP}`,
      [last?.tenantId ?? null, last?.id ?? null],
    ),
  );
  for await (const endpoints of all) {
    for (const kept of endpoints) if (await reseal(dataSource, seal, kept)) resealed++;
  }
  if (resealed > 0) logger.info({ resealed }, 'webhook secrets were sealed by the first key');
  return resealed;
}

/** Nothing is written where the secret was rotated meanwhile: the new one is sealed already. */
async function reseal(dataSource: DataSource, seal: Seal, { tenantId, id, secret, previous }: Kept): Promise<boolean> {
  const renewed = (kept: Buffer) => {
    const opened = seal.isCurrent(kept) ? undefined : seal.opened(kept, id);
    return opened ? seal.seal(opened, id) : kept;
  };
  if (!seal.opened(secret, id)) {
    logger.error({ tenantId, endpointId: id }, `a webhook endpoint gets no events: ${new Unsealable().message}`);
  }
  const [now, before] = [renewed(secret), previous && renewed(previous)];
  if (now === secret && before === previous) return false;
  const [, count] = await dataSource.query(
    `UPDATE webhook_endpoint SET secret = $4, previous_secret = $5 WHERE tenant_id = $1 AND id = $2 AND secret = $3`,
    [tenantId, id, secret, now, before],
  );
  return count > 0;
}
