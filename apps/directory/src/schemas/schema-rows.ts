import type { EntityManager } from 'typeorm';
import type { TenantSchemas } from '#directory-api/schemas';
import { type Prepared, run } from '#postgres/prepared';
import { enterpriseUserSchema } from '#scim/enterprise-user';
import { badRequest } from '#scim/error';
import type { Extension } from '#scim/extended-types';
import type { Resource } from '#scim/resource';
import type { Schema } from '#scim/schema';

/** SQL of a tenant's extensions as JSON, null when it has none; `tenantId` is SQL too. */
export function extensionsOf(tenantId: string): string {
  return `(SELECT json_agg(json_build_object('resourceType', s.resource_type, 'schema', s.definition) ORDER BY s.urn_key)
           FROM schemas s WHERE s.tenant_id = ${tenantId})`;
}

/** URNs are the same in whatever case (RFC 7643 §2.1). */
export function urnKey(urn: string): string {
  return urn.toLowerCase();
}

/** What the tenant has defined, as it is now; undefined when that is nothing. */
export async function findSchemas(tx: EntityManager, tenantId: string): Promise<TenantSchemas | undefined> {
  const [found] = await run<{ version: string | null; extensions: Extension[] | null }>(tx, FIND, [tenantId]);
  return found?.version && found.extensions ? { version: found.version, extensions: found.extensions } : undefined;
}

const FIND: Prepared = {
  name: 'find_schemas',
  text: `SELECT t.schemas_version AS version, ${extensionsOf('t.tenant_id')} AS extensions FROM tenants t WHERE t.tenant_id = $1`,
};

/**
 * Keeps the tenant-defined schemas that a resource uses from being removed until the transaction ends, so that no value of a
 * removed schema is stored. Costs nothing where none is used. Call it before the resource is written.
 *
 * @throws ScimError 400 invalidSyntax: one was removed since the request was read
 */
export async function holdSchemas(tx: EntityManager, tenantId: string, resource: Resource): Promise<void> {
  const urns = ownSchemasIn(resource);
  if (urns.length === 0) return;
  const held = await run<{ urn: string }>(tx, HOLD, [tenantId, urns.map(urnKey)]);
  if (held.length === urns.length) return;
  const gone = urns.find((urn) => !held.some((row) => row.urn === urnKey(urn)));
  throw badRequest('invalidSyntax', `The extension '${gone}' is not registered here. Remove its attributes' mappings.`);
}

/** The tenant-defined schemas that a resource has values of. */
export function ownSchemasIn(resource: Resource): string[] {
  return Object.keys(resource).filter((key) => /^urn:/i.test(key) && key !== enterpriseUserSchema.id);
}

/** In one order, so that two never wait for each other. */
const HOLD: Prepared = {
  name: 'hold_schemas',
  text: `SELECT urn_key AS urn FROM schemas WHERE tenant_id = $1 AND urn_key = ANY($2::text[]) ORDER BY urn_key FOR KEY SHARE`,
};

/** Makes a schema, or gives one its new definition. */
export async function saveSchema(tx: EntityManager, tenantId: string, { resourceType, schema }: Extension, now: Date) {
  await tx.query(
    `INSERT INTO schemas AS s (tenant_id, urn_key, resource_type, definition, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $5)
     ON CONFLICT (tenant_id, urn_key) DO UPDATE SET definition = excluded.definition, updated_at = excluded.updated_at`,
    [tenantId, urnKey(schema.id), resourceType, JSON.stringify(schema), now],
  );
}

/** Waits for everybody who holds the schema; who comes later finds it gone. */
export async function lockSchema(tx: EntityManager, tenantId: string, urn: string): Promise<void> {
  await tx.query('SELECT 1 FROM schemas WHERE tenant_id = $1 AND urn_key = $2 FOR UPDATE', [tenantId, urnKey(urn)]);
}

export async function deleteSchema(tx: EntityManager, tenantId: string, urn: string): Promise<void> {
  await tx.query('DELETE FROM schemas WHERE tenant_id = $1 AND urn_key = $2', [tenantId, urnKey(urn)]);
}

/** How many living resources have values of the schema. Reads all of the tenant's. */
export async function countHolders(
  tx: EntityManager,
  tenantId: string,
  { resourceType, schema }: { resourceType: Extension['resourceType']; schema: Schema },
): Promise<number> {
  const table = resourceType === 'User' ? 'users' : 'groups';
  const [counted] = await tx.query<{ holders: number }[]>(
    `SELECT count(*)::int AS holders FROM ${table} WHERE tenant_id = $1 AND deleted_at IS NULL AND data ? $2`,
    [tenantId, schema.id],
  );
  return counted?.holders ?? 0;
}
