import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CATALOGUE_READS } from '#directory-api/entitlements';
import type { GetResource, ListResources } from '#directory-api/scim-command';
import { RabbitClient } from '#rabbit/client';
import { ScimError } from '#scim/error';
import { parseFilter } from '#scim/filter';
import { readListQuery, readSearchRequest } from '#scim/list';
import { type CatalogueKind, catalogueTypes } from '#scim/okta-entitlements';
import { readSortBy } from '#scim/sort';
import { BaseUrl, SCIM_PATH } from '../http/base-url.ts';
import { readJson } from '../http/body.ts';
import { sendAnswer } from '../resources/answer.ts';
import { asQuery, commandOf, type ResourceCommand } from '../resources/command.ts';
import { resourceId } from '../resources/resource-id.ts';

/** What the tenant's users can be given, to be read only: its administrator keeps it (ctl entitlements). */
abstract class CatalogueController {
  protected constructor(
    private readonly directory: RabbitClient,
    private readonly baseUrl: BaseUrl,
    private readonly kind: CatalogueKind,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const shared = this.command(request);
    const query = readListQuery(request.query as Record<string, unknown>);
    const type = catalogueTypes[this.kind];
    if (query.filter !== undefined) parseFilter(query.filter, type);
    if (query.sortBy !== undefined) readSortBy(query.sortBy, type);
    const command: ListResources = { ...query, ...shared };
    sendAnswer(reply, await this.directory.ask(CATALOGUE_READS[this.kind].list, command));
  }

  @Post('.search')
  async search(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.list(asQuery(request, readSearchRequest(readJson(request))), reply);
  }

  @Get(':id')
  async get(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command: GetResource = { ...this.command(request), id, ifNoneMatch: request.headers['if-none-match'] };
    sendAnswer(reply, await this.directory.ask(CATALOGUE_READS[this.kind].get, command));
  }

  /** @throws ScimError 404: the tenant offers none, so discovery does not show them either */
  private command(request: FastifyRequest): ResourceCommand {
    if (request.identity.catalogue?.includes(this.kind)) return commandOf(request, this.baseUrl);
    throw new ScimError(404, `This tenant offers nothing at ${catalogueTypes[this.kind].endpoint}.`);
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
