import { Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GetResource, ListResources } from '#directory-api/scim-command';
import type { RabbitClient } from '#rabbit/client';
import { parseFilter } from '#scim/filter';
import { readListQuery, readSearchRequest } from '#scim/list';
import type { ResourceType } from '#scim/schema';
import { readSortBy } from '#scim/sort';
import { readJson } from '../http/body.ts';
import { sendAnswer } from './answer.ts';
import { asQuery, type ResourceCommand } from './command.ts';
import { resourceId } from './resource-id.ts';

/**
 * The reading half of a resource type's door (RFC 7644 §3.4): lists, searches and single resources. It checks the request
 * against the type, makes a command of it and passes the answer through.
 */
export abstract class ReadsController {
  protected constructor(
    protected readonly directory: RabbitClient,
    private readonly reads: { list: string; get: string },
  ) {}

  /** as the connection's tenant has it */
  protected abstract type(request: FastifyRequest): ResourceType;

  /** what every command of the request carries */
  protected abstract command(request: FastifyRequest): ResourceCommand;

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const type = this.type(request);
    const query = readListQuery(request.query as Record<string, unknown>);
    if (query.filter !== undefined) parseFilter(query.filter, type);
    if (query.sortBy !== undefined) readSortBy(query.sortBy, type);
    const command: ListResources = { ...query, ...this.command(request) };
    sendAnswer(reply, await this.directory.ask(this.reads.list, command));
  }

  @Post('.search')
  async search(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.list(asQuery(request, readSearchRequest(readJson(request))), reply);
  }

  @Get(':id')
  async get(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command: GetResource = { ...this.command(request), id, ifNoneMatch: request.headers['if-none-match'] };
    sendAnswer(reply, await this.directory.ask(this.reads.get, command));
  }
}
