import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type ListSchemas,
  MAX_SCHEMAS,
  type NameSchema,
  type RegisteredSchema,
  type RegisterSchema,
  type RemoveSchema,
  type SchemaSummary,
} from '#directory-api/schemas';
import type { Cause } from '#events/envelope';
import { transaction } from '#postgres/transaction';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { schemaJson } from '#scim/discovery';
import { ScimError } from '#scim/error';
import type { Extension } from '#scim/extended-types';
import type { Json, JsonObject } from '#scim/json';
import { readSchema, refuseIncompatible, refuseOverlap, sizeOf } from '#scim/schema-definition';
import { tellConnectionsChanged } from '../connections/connections.service.ts';
import { lockTenant } from '../tenants/tenants.service.ts';
import { countHolders, deleteSchema, findSchemas, lockSchema, saveSchema, urnKey } from './schema-rows.ts';

/** The extension schemas that a tenant's administrator defines (RFC 7643 §3.3). */
@Injectable()
export class SchemasService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Adds a schema, or attributes to one that is there: what is stored must fit the new definition too. The spelling of its
   * URN stays the first one, which resources are stored with.
   *
   * @throws ScimError 400 what is wrong with the definition; 404 no such tenant; 409 see RegisterSchema
   */
  async register({ tenantId, resourceType, definition }: RegisterSchema, cause: Cause): Promise<RegisteredSchema> {
    const read = readSchema(definition as Json);
    return transaction(this.dataSource, async (tx) => {
      await lockTenant(tx, tenantId);
      const { extensions } = (await findSchemas(tx, tenantId)) ?? { extensions: [] };
      const before = find(extensions, read.id);
      const schema = { ...read, id: before?.schema.id ?? read.id };
      const extension = { resourceType, schema };
      if (before && isDeepStrictEqual(before, extension)) return { ...summary(before), outcome: 'unchanged' };
      if (before) refuseChange(before, extension);
      else refuseAddition(extensions, schema.id);
      await saveSchema(tx, tenantId, extension, this.clock.now());
      await this.tell(tx, tenantId, newId(), cause);
      return { ...summary(extension), outcome: before ? 'replaced' : 'registered' };
    });
  }

  async list({ tenantId }: ListSchemas): Promise<SchemaSummary[]> {
    const found = await findSchemas(this.dataSource.manager, tenantId);
    return found?.extensions.map(summary) ?? [];
  }

  /** The Schema document. @throws ScimError 404 */
  async show({ tenantId, urn }: NameSchema): Promise<JsonObject> {
    const found = await findSchemas(this.dataSource.manager, tenantId);
    return schemaJson(known(found?.extensions, urn).schema);
  }

  /**
   * Removes a schema that nothing is stored under: values would be out of everybody's sight, and in the way of another schema
   * of the same name. Writers that use it are waited for (schema-rows.ts, holdSchemas).
   *
   * @throws ScimError 404; 409 while living resources hold values of it
   */
  async remove({ tenantId, urn }: RemoveSchema, cause: Cause): Promise<string> {
    return transaction(this.dataSource, async (tx) => {
      await lockTenant(tx, tenantId);
      const { extensions } = (await findSchemas(tx, tenantId)) ?? { extensions: [] };
      const extension = known(extensions, urn);
      await lockSchema(tx, tenantId, urn);
      const holders = await countHolders(tx, tenantId, extension);
      if (holders > 0) throw held(extension, holders);
      await deleteSchema(tx, tenantId, urn);
      await this.tell(tx, tenantId, extensions.length === 1 ? null : newId(), cause);
      return extension.schema.id;
    });
  }

  /** Gives the set its new version and has the gateways ask for it. */
  private async tell(tx: EntityManager, tenantId: string, version: string | null, cause: Cause): Promise<void> {
    await tx.query('UPDATE tenants SET schemas_version = $2 WHERE tenant_id = $1', [tenantId, version]);
    await tellConnectionsChanged(tx, tenantId, cause, this.clock.now());
  }
}

function refuseChange(before: Extension, { resourceType, schema }: Extension): void {
  if (before.resourceType !== resourceType) {
    throw new ScimError(
      409,
      `'${schema.id}' extends ${before.resourceType} and cannot extend ${resourceType} too. Use another URN.`,
    );
  }
  refuseIncompatible(before.schema, schema);
}

function refuseAddition(extensions: readonly Extension[], urn: string): void {
  if (extensions.length >= MAX_SCHEMAS) {
    throw new ScimError(409, `A tenant may define ${MAX_SCHEMAS} schemas. Remove one, or add the attributes to one.`);
  }
  refuseOverlap(
    urn,
    extensions.map(({ schema }) => schema.id),
  );
}

function find(extensions: readonly Extension[] | undefined, urn: string): Extension | undefined {
  return extensions?.find(({ schema }) => urnKey(schema.id) === urnKey(urn));
}

function known(extensions: readonly Extension[] | undefined, urn: string): Extension {
  const found = find(extensions, urn);
  if (!found) throw new ScimError(404, 'The tenant has no schema of this URN. List them with: ctl schemas list');
  return found;
}

function held({ resourceType, schema }: Extension, holders: number): ScimError {
  const who = `${holders} ${resourceType.toLowerCase()}${holders === 1 ? ' holds' : 's hold'}`;
  return new ScimError(
    409,
    `${who} values of '${schema.id}', so it stays. Remove its mappings in the identity provider, have it clear them, and try again.`,
  );
}

function summary({ resourceType, schema }: Extension): SchemaSummary {
  return { urn: schema.id, resourceType, name: schema.name, attributes: sizeOf(schema) };
}
