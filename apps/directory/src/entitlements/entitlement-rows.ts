import type { EntityManager } from 'typeorm';
import type { CatalogueEntry, NameEntitlement } from '#directory-api/entitlements';
import { etagOf } from '#scim/etag';
import { type CatalogueKind, catalogueTypes } from '#scim/okta-entitlements';
import type { Resource } from '#scim/resource';

/** An entry of the catalogue as it is stored. */
export interface EntitlementRow extends CatalogueEntry {
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const SELECT = `SELECT kind, id, display_name AS "displayName", type, description, version,
  created_at AS "createdAt", updated_at AS "updatedAt" FROM entitlements WHERE tenant_id = $1`;

/** SQL of the kinds that a tenant has entries of, as an array of texts; `tenantId` is SQL too. */
export function kindsOf(tenantId: string): string {
  return `ARRAY(SELECT known.kind FROM (VALUES ('Role'), ('Entitlement')) AS known (kind)
          WHERE EXISTS (SELECT 1 FROM entitlements e WHERE e.tenant_id = ${tenantId} AND e.kind = known.kind))`;
}

/** In the order of ids by code point, which does not move while others write. */
export async function readEntitlements(
  tx: EntityManager,
  tenantId: string,
  kind?: CatalogueKind,
): Promise<EntitlementRow[]> {
  return tx.query(`${SELECT} AND ($2::text IS NULL OR kind = $2) ORDER BY kind DESC, id COLLATE "C"`, [
    tenantId,
    kind ?? null,
  ]);
}

export async function findEntitlement(
  tx: EntityManager,
  { tenantId, kind, id }: NameEntitlement,
): Promise<EntitlementRow | undefined> {
  const [row] = await tx.query<EntitlementRow[]>(`${SELECT} AND kind = $2 AND id = $3`, [tenantId, kind, id]);
  return row;
}

export async function countEntitlements(tx: EntityManager, tenantId: string, kind: CatalogueKind): Promise<number> {
  const [counted] = await tx.query<{ total: number }[]>(
    'SELECT count(*)::int AS total FROM entitlements WHERE tenant_id = $1 AND kind = $2',
    [tenantId, kind],
  );
  return counted?.total ?? 0;
}

export async function saveEntitlement(tx: EntityManager, tenantId: string, row: EntitlementRow): Promise<void> {
  await tx.query(
    `INSERT INTO entitlements (tenant_id, kind, id, display_name, type, description, version, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (tenant_id, kind, id) DO UPDATE SET display_name = excluded.display_name, type = excluded.type,
       description = excluded.description, version = excluded.version, updated_at = excluded.updated_at`,
    [
      ...[tenantId, row.kind, row.id, row.displayName, row.type, row.description],
      ...[row.version, row.createdAt, row.updatedAt],
    ],
  );
}

export async function deleteEntitlement(tx: EntityManager, { tenantId, kind, id }: NameEntitlement): Promise<void> {
  await tx.query('DELETE FROM entitlements WHERE tenant_id = $1 AND kind = $2 AND id = $3', [tenantId, kind, id]);
}

/** How many living users have the entry among their roles or entitlements. Reads all of the tenant's. */
export async function countHolders(tx: EntityManager, { tenantId, kind, id }: NameEntitlement): Promise<number> {
  const [counted] = await tx.query<{ holders: number }[]>(
    `SELECT count(*)::int AS holders FROM users
     WHERE tenant_id = $1 AND deleted_at IS NULL AND data -> $2::text @> $3::jsonb`,
    [tenantId, kind === 'Role' ? 'roles' : 'entitlements', JSON.stringify([{ value: id }])],
  );
  return counted?.holders ?? 0;
}

/** The entry as SCIM sees it, in the shape that Okta documents. */
export function toResource(row: EntitlementRow, baseUrl: string): Resource {
  const type = catalogueTypes[row.kind];
  return {
    schemas: [type.schema.id],
    id: row.id,
    displayName: row.displayName,
    ...(row.type !== null && { type: row.type }),
    ...(row.description !== null && { description: row.description }),
    meta: {
      resourceType: type.name,
      created: row.createdAt.toISOString(),
      lastModified: row.updatedAt.toISOString(),
      location: `${baseUrl}${type.endpoint}/${encodeURIComponent(row.id)}`,
      version: etagOf(row.version),
    },
  };
}
