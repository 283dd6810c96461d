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
  USERS,
} from '#directory-api/scim-command';
import type { RabbitClient } from '#rabbit/client';
import { ScimError } from '#scim/error';
import { parseFilter } from '#scim/filter';
import type { JsonObject } from '#scim/json';
import { readListQuery, readSearchRequest } from '#scim/list';
import { readPatch } from '#scim/patch';
import type { ResourceType } from '#scim/schema';
import { readResource } from '#scim/validate';
import type { BaseUrl } from '../http/base-url.ts';
import { readJson } from '../http/body.ts';
import { sendAnswer } from './answer.ts';
import { asQuery, commandOf, type ResourceCommand } from './command.ts';
import { permittedTypes } from './permitted-types.ts';
import { resourceId } from './resource-id.ts';

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
    const { startIndex, count, filter } = readListQuery(request.query as Record<string, unknown>);
    if (filter !== undefined) parseFilter(filter, this.type);
    const command: ListResources = { ...this.command(request), startIndex, count, filter };
    sendAnswer(reply, await this.directory.ask(this.patterns.list, command));
  }

  @Post('.search')
  async search(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.list(asQuery(request, readSearchRequest(readJson(request))), reply);
  }

  @Get(':id')
  async get(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
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
  async replace(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    const resource = readResource(readJson(request), this.type);
    const replace: ReplaceResource = { ...command, id, resource, ifMatch: request.headers['if-match'] };
    sendAnswer(reply, await this.directory.ask(this.patterns.replace, replace));
  }

  @Patch(':id')
  async patch(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    const body = readJson(request);
    readPatch(body, this.type);
    const patch: PatchResource = { ...command, id, patch: body as JsonObject, ifMatch: request.headers['if-match'] };
    sendAnswer(reply, await this.directory.ask(this.patterns.patch, patch));
  }

  @Delete(':id')
  async delete(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command: DeleteResource = { ...this.command(request), id, ifMatch: request.headers['if-match'] };
    sendAnswer(reply, await this.directory.ask(this.patterns.delete, command));
  }

  /**
   * What every command of the request carries.
   *
   * @throws ScimError 403: the connection's scope does not hold this type
   */
  private command(request: FastifyRequest): ResourceCommand {
    if (!permittedTypes(request.identity.scope).includes(this.type)) {
      throw new ScimError(
        403,
        `This connection is set to users only. To use ${this.type.endpoint}, set its scope to users and groups in Rollcall.`,
      );
    }
    return commandOf(request, this.baseUrl);
  }
}
