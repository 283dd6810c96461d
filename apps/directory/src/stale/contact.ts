import type { EntityManager } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import type { ScimRequestHandled } from '#events/scim-request-handled.v1';
import { type Prepared, run } from '#postgres/prepared';

const KEEP: Prepared = {
  name: 'keep_scim_contact',
  text: `
INSERT INTO scim_contact (tenant_id, user_id, at)
SELECT tenant_id, user_id, max(at) FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS told (tenant_id, user_id, at)
GROUP BY tenant_id, user_id ORDER BY tenant_id, user_id
ON CONFLICT (tenant_id, user_id) DO UPDATE SET at = excluded.at
WHERE scim_contact.at < excluded.at - interval '1 hour'`,
};

/** Remembers, to the hour, when each user was last named by a request that succeeded. */
export async function keepContact(tx: EntityManager, requests: CloudEvent<ScimRequestHandled>[]): Promise<void> {
  const named = requests.filter(
    ({ data: { resourceType, resourceId, status } }) => resourceType === 'User' && resourceId && status < 400,
  );
  if (named.length === 0) return;
  await run(tx, KEEP, [
    named.map(({ tenantid }) => tenantid),
    named.map(({ data }) => data.resourceId),
    named.map(({ time }) => time),
  ]);
}
