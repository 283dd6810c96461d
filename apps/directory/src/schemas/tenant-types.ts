import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ScimCommand } from '#directory-api/scim-command';
import { LruCache } from '#runtime/lru-cache';
import { CORE_TYPES, extendTypes, type Types } from '#scim/extended-types';
import { findSchemas } from './schema-rows.ts';

/** sets of types kept; a tenant that has defined nothing needs none */
const CAPACITY = 1_000;

/**
 * The resource types that a command is about. A tenant's own ones are read once for each version of its set of schemas and
 * then known, so that commands pay no query for them.
 */
@Injectable()
export class TenantTypes {
  private readonly known = new LruCache<Types>(CAPACITY);

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /**
   * A command that was read by a set which is not the newest any more gets the newest: attributes are only added while they
   * are in use (schemas.service.ts), so it still fits.
   */
  of({ tenantId, schemasVersion }: Pick<ScimCommand, 'tenantId' | 'schemasVersion'>): Types | Promise<Types> {
    if (schemasVersion === undefined) return CORE_TYPES;
    return this.known.get(schemasVersion) ?? this.read(tenantId);
  }

  private async read(tenantId: string): Promise<Types> {
    const schemas = await findSchemas(this.dataSource.manager, tenantId);
    if (!schemas) return CORE_TYPES;
    const known = this.known.get(schemas.version);
    if (known) return known;
    const types = extendTypes(schemas.extensions);
    this.known.set(schemas.version, types);
    return types;
  }
}
