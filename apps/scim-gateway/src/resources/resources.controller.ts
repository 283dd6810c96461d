import { Delete, Get, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type {
  CreateResource,
  DeleteResource,
  GetResource,
  GROUPS,
  ListResources,
  PatchResource,
  ReplaceResource,
  ScimCommand,
  USERS,
} from '#directory-api/scim-command';
import type { RabbitClient } from '#rabbit/client';
import { type Dialect, dialectOf } from '#scim/dialect';
import { ScimError } from '#scim/error';
import { parseFilter } from '#scim/filter';
import type { JsonObject } from '#scim/json';
import { readListQuery } from '#scim/list';
import { readPatch } from '#scim/patch';
import type { ResourceType } from '#scim/schema';
import { readSortBy } from '#scim/sort';
import { readResource } from '#scim/validate';
import type { BaseUrl } from '../http/base-url.ts';
import { readJson } from '../http/body.ts';
import { sendAnswer } from './answer.ts';
import { permittedTypes } from './permitted-types.ts';

interface ResourceCommand extends ScimCommand {
  dialect: Dialect;
}

/**
 * The door of one resource type (RFC 7644 §3.3 to §3.6): checks the request against the type, makes a command of it and
 * passes the answer through. It decides nothing that needs the stored resource: that is the directory's, under its lock.
 */
export abstract class ResourcesController {
  protected constructor(
    private readonly directory: RabbitClient,
    private readonly baseUrl: BaseUrl,
    private readonly type: ResourceType,
    private readonly patterns: typeof USERS | typeof GROUPS,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const query = readListQuery(request.query as Record<string, unknown>);
    if (query.filter !== undefined) parseFilter(query.filter, this.type);
    if (query.sortBy !== undefined) readSortBy(query.sortBy, this.type);
    const command: ListResources = { ...query, ...this.command(request) };
    sendAnswer(reply, await this.directory.ask(this.patterns.list, command));
  }

  @Get(':id')
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command: GetResource = { ...this.command(request), id, ifNoneMatch: request.headers['if-none-match'] };
    sendAnswer(reply, await this.directory.ask(this.patterns.get, command));
  }

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    const create: CreateResource = { ...command, resource: readResource(readJson(request), this.type) };
    sendAnswer(reply, await this.directory.ask(this.patterns.create, create));
  }

  @Put(':id')
  async replace(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    const resource = readResource(readJson(request), this.type);
    const replace: ReplaceResource = { ...command, id, resource, ifMatch: request.headers['if-match'] };
    sendAnswer(reply, await this.directory.ask(this.patterns.replace, replace));
  }

  @Patch(':id')
  async patch(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    const body = readJson(request);
    readPatch(body, this.type);
    const patch: PatchResource = { ...command, id, patch: body as JsonObject, ifMatch: request.headers['if-match'] };
    sendAnswer(reply, await this.directory.ask(this.patterns.patch, patch));
  }

  @Delete(':id')
  async delete(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command: DeleteResource = { ...this.command(request), id, ifMatch: request.headers['if-match'] };
    sendAnswer(reply, await this.directory.ask(this.patterns.delete, command));
  }

  /**
   * What every command of the request carries.
   *
   * @throws ScimError 403: the connection's scope does not hold this type
   */
  private command(request: FastifyRequest): ResourceCommand {
    const { tenantId, connectionId, scope, dialect } = request.identity;
    if (!permittedTypes(scope).includes(this.type)) {
      throw new ScimError(
        403,
        `This connection is set to users only. To use ${this.type.endpoint}, set its scope to users and groups in Rollcall.`,
      );
    }
    const { attributes, excludedAttributes } = request.query as Record<string, unknown>;
    return {
      tenantId,
      connectionId,
      baseUrl: this.baseUrl.of(request),
      dialect: dialectOf(request.headers['user-agent'], dialect),
      ...((attributes ?? excludedAttributes) !== undefined && projection({ attributes, excludedAttributes })),
    };
  }
}

/** The two query parameters that answers to writes obey too (RFC 7644 §3.9). */
function projection(query: Record<string, unknown>): Pick<ScimCommand, 'attributes' | 'excludedAttributes'> {
  const { attributes, excludedAttributes } = readListQuery(query);
  return { attributes, excludedAttributes };
}
