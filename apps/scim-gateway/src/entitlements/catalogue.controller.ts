import { Controller, Inject } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CATALOGUE_READS } from '#directory-api/entitlements';
import { RabbitClient } from '#rabbit/client';
import { ScimError } from '#scim/error';
import { type CatalogueKind, catalogueTypes } from '#scim/okta-entitlements';
import type { ResourceType } from '#scim/schema';
import { BaseUrl, SCIM_PATH } from '../http/base-url.ts';
import { commandOf, type ResourceCommand } from '../resources/command.ts';
import { ReadsController } from '../resources/reads.controller.ts';

/** What the tenant's users can be given, to be read only: its administrator keeps it (ctl entitlements). */
abstract class CatalogueController extends ReadsController {
  protected constructor(
    directory: RabbitClient,
    private readonly baseUrl: BaseUrl,
    private readonly kind: CatalogueKind,
  ) {
    super(directory, CATALOGUE_READS[kind]);
  }

  /** @throws ScimError 404: the tenant offers none, so discovery does not show them either */
  protected override type({ identity }: FastifyRequest): ResourceType {
    const type = catalogueTypes[this.kind];
    if (identity.catalogue?.includes(this.kind)) return type;
    throw new ScimError(404, `This tenant offers nothing at ${type.endpoint}.`);
  }

  protected override command(request: FastifyRequest): ResourceCommand {
    this.type(request);
    return commandOf(request, this.baseUrl);
  }
}

@Controller(`${SCIM_PATH}${catalogueTypes.Role.endpoint}`)
export class RolesController extends CatalogueController {
  constructor(@Inject(RabbitClient) directory: RabbitClient, @Inject(BaseUrl) baseUrl: BaseUrl) {
    super(directory, baseUrl, 'Role');
  }
}

@Controller(`${SCIM_PATH}${catalogueTypes.Entitlement.endpoint}`)
export class EntitlementsController extends CatalogueController {
  constructor(@Inject(RabbitClient) directory: RabbitClient, @Inject(BaseUrl) baseUrl: BaseUrl) {
    super(directory, baseUrl, 'Entitlement');
  }
}
