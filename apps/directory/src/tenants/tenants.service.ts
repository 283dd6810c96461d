import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { CreateTenant, SetSso } from '#directory-api/admin';
import type { Cause } from '#events/envelope';
import { cloudEvent } from '#events/envelope';
import { TENANT_CREATED } from '#events/tenant-created.v1';
import { append } from '#outbox/append';
import { transaction } from '#postgres/transaction';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { ScimError } from '#scim/error';
import { SsoSettings } from './sso-settings.entity.ts';
import { Tenant } from './tenant.entity.ts';

/** A tenant with what an operator wants to see at once. */
export interface TenantSummary {
  tenantId: string;
  name: string;
  ssoConfigured: boolean;
  scimEnabled: boolean;
}

@Injectable()
export class TenantsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async create({ name }: CreateTenant, cause: Cause): Promise<Tenant> {
    const now = this.clock.now();
    const tenant: Tenant = { tenantId: newId(), name, createdAt: now };
    const told = cloudEvent({
      source: 'rollcall/directory',
      type: TENANT_CREATED,
      tenantId: tenant.tenantId,
      subject: `tenants/${tenant.tenantId}`,
      version: 1,
      time: now,
      cause,
      data: { name },
    });
    await transaction(this.dataSource, async (tx) => {
      await tx.insert(Tenant, tenant);
      await append(tx, told);
    });
    return tenant;
  }

  /** Newest first, at most a thousand. */
  async list(): Promise<TenantSummary[]> {
    return this.dataSource.query(
      `SELECT t.tenant_id AS "tenantId", t.name,
              EXISTS (SELECT 1 FROM sso_settings s WHERE s.tenant_id = t.tenant_id) AS "ssoConfigured",
              EXISTS (SELECT 1 FROM connections c WHERE c.tenant_id = t.tenant_id AND c.enabled) AS "scimEnabled"
       FROM tenants t ORDER BY t.tenant_id DESC LIMIT 1000`,
    );
  }

  async setSso({ tenantId, kind, issuer, signInUrl, certificate }: SetSso): Promise<void> {
    await transaction(this.dataSource, async (tx) => {
      await lockTenant(tx, tenantId);
      const settings = {
        tenantId,
        kind,
        issuer,
        signInUrl,
        certificate: certificate ?? null,
        updatedAt: this.clock.now(),
      };
      await tx.upsert(SsoSettings, settings, ['tenantId']);
    });
  }
}

/** Serialises what may be done to a tenant's settings only once at a time. @throws ScimError 404 */
export async function lockTenant(tx: EntityManager, tenantId: string): Promise<void> {
  const found: unknown[] = await tx.query('SELECT 1 FROM tenants WHERE tenant_id = $1 FOR NO KEY UPDATE', [tenantId]);
  if (found.length === 0) throw new ScimError(404, `No tenant has the id ${tenantId}. List them with: ctl tenant list`);
}
