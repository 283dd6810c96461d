import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  type AddEntitlement,
  type AddedEntitlement,
  type CatalogueEntry,
  type ListEntitlements,
  MAX_CATALOGUE,
  type NameEntitlement,
  type RemovedEntitlement,
} from '#directory-api/entitlements';
import type { GetResource, ListResources } from '#directory-api/scim-command';
import type { Cause } from '#events/envelope';
import { transaction } from '#postgres/transaction';
import { Clock } from '#runtime/clock';
import { ScimError } from '#scim/error';
import { unusableText } from '#scim/json';
import { type CatalogueKind, catalogueTypes } from '#scim/okta-entitlements';
import type { Resource } from '#scim/resource';
import { tellConnectionsChanged } from '../connections/connections.service.ts';
import { lockTenant } from '../tenants/tenants.service.ts';
import {
  countEntitlements,
  countHolders,
  deleteEntitlement,
  type EntitlementRow,
  findEntitlement,
  readEntitlements,
  saveEntitlement,
  toResource,
} from './entitlement-rows.ts';
import { pageOf } from './resource-page.ts';

/**
 * The roles and entitlements that a tenant offers its identity provider. It is an offer and no rule: what users have is kept
 * as it was sent, in the catalogue or not.
 */
@Injectable()
export class EntitlementsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws ScimError 404 no such tenant; 409 too many of the kind */
  async add(command: AddEntitlement, cause: Cause): Promise<AddedEntitlement> {
    const { tenantId, kind } = command;
    return transaction(this.dataSource, async (tx) => {
      await lockTenant(tx, tenantId);
      const before = await findEntitlement(tx, command);
      const entry = entryOf(command);
      if (before && isSame(before, entry)) return { ...entry, outcome: 'unchanged' };
      const there = await countEntitlements(tx, tenantId, kind);
      if (!before && there >= MAX_CATALOGUE) throw tooMany(kind);
      const now = this.clock.now();
      const row = {
        ...entry,
        version: (before?.version ?? 0) + 1,
        createdAt: before?.createdAt ?? now,
        updatedAt: now,
      };
      await saveEntitlement(tx, tenantId, row);
      if (there === 0) await tellConnectionsChanged(tx, tenantId, cause, now);
      return { ...entry, outcome: before ? 'changed' : 'added' };
    });
  }

  async list({ tenantId }: ListEntitlements): Promise<CatalogueEntry[]> {
    return (await readEntitlements(this.dataSource.manager, tenantId)).map(entryOf);
  }

  /** Users who have it keep it. @throws ScimError 404 */
  async remove(command: NameEntitlement, cause: Cause): Promise<RemovedEntitlement> {
    const { tenantId, kind, id } = command;
    return transaction(this.dataSource, async (tx) => {
      await lockTenant(tx, tenantId);
      if (!(await findEntitlement(tx, command))) {
        throw new ScimError(404, `There is no ${kind.toLowerCase()} of this id. List them with: ctl entitlements list`);
      }
      await deleteEntitlement(tx, command);
      const holders = await countHolders(tx, command);
      if ((await countEntitlements(tx, tenantId, kind)) === 0) {
        await tellConnectionsChanged(tx, tenantId, cause, this.clock.now());
      }
      return { kind, id, holders };
    });
  }

  /** @throws ScimError 404 */
  async get({ tenantId, id, baseUrl }: GetResource, kind: CatalogueKind): Promise<Resource> {
    const known = unusableText(id) === undefined;
    const found = known && (await findEntitlement(this.dataSource.manager, { tenantId, kind, id }));
    if (!found) throw new ScimError(404, `There is no ${kind.toLowerCase()} of this id.`);
    return toResource(found, baseUrl);
  }

  /** A page in the order asked for, else of ids. @throws ScimError 400 see pageOf */
  async page(command: ListResources, kind: CatalogueKind) {
    const { tenantId, baseUrl } = command;
    const { manager } = this.dataSource;
    const rows = await readEntitlements(manager, tenantId, kind);
    const resources = rows.map((row) => toResource(row, baseUrl));
    const cursorKey = command.cursor === undefined ? Buffer.alloc(0) : await this.cursorKey(tenantId);
    return pageOf(resources, catalogueTypes[kind], command, { cursorKey, now: this.clock.now() });
  }

  private async cursorKey(tenantId: string): Promise<Buffer> {
    const [tenant] = await this.dataSource.query<{ key: Buffer }[]>(
      'SELECT cursor_key AS key FROM tenants WHERE tenant_id = $1',
      [tenantId],
    );
    if (!tenant) throw new ScimError(404, 'The tenant of this list is gone.');
    return tenant.key;
  }
}

/** An entitlement says what kind of thing it is in every example of Okta's, a role does not. */
function entryOf({ kind, id, displayName, type, description }: AddEntitlement | EntitlementRow): CatalogueEntry {
  const otherwise = kind === 'Entitlement' ? kind : null;
  return { kind, id, displayName, type: type ?? otherwise, description: description ?? null };
}

function isSame(before: CatalogueEntry, after: CatalogueEntry): boolean {
  return (['displayName', 'type', 'description'] as const).every((name) => before[name] === after[name]);
}

function tooMany(kind: CatalogueKind): ScimError {
  return new ScimError(409, `A tenant may have ${MAX_CATALOGUE} of kind ${kind.toLowerCase()}. Remove some first.`);
}
