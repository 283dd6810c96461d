import type { EntityManager } from 'typeorm';
import { ScimError } from '#scim/error';
import type { User } from './user.entity.ts';

/**
 * A team keeps at least one active admin, whoever asks. Locks the tenant, so that two admins cannot leave at once.
 *
 * @throws ScimError 403 when this user is the last one
 */
export async function keepOneAdmin(tx: EntityManager, leaving: User): Promise<void> {
  if (!leaving.admin || !leaving.active) return;
  await tx.query('SELECT 1 FROM tenants WHERE tenant_id = $1 FOR UPDATE', [leaving.tenantId]);
  const others: unknown[] = await tx.query(
    'SELECT 1 FROM users WHERE tenant_id = $1 AND id <> $2 AND admin AND active AND deleted_at IS NULL LIMIT 1',
    [leaving.tenantId, leaving.id],
  );
  if (others.length === 0) {
    throw new ScimError(
      403,
      'This is the last admin of the team, who cannot be deactivated or deleted. Make somebody else an admin in the app first.',
    );
  }
}
