import { Delete, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GROUPS, USERS } from '#directory-api/scim-command';
import type { RabbitClient } from '#rabbit/client';
import type { Types } from '#scim/extended-types';
import type { ResourceType } from '#scim/schema';
import { nextCommand } from '../activity/commands.ts';
import type { BaseUrl } from '../http/base-url.ts';
import { readJson } from '../http/body.ts';
import { sendAnswer } from './answer.ts';
import { commandOn, type ResourceCommand } from './command.ts';
import { ReadsController } from './reads.controller.ts';
import { resourceId } from './resource-id.ts';
import { typesOf } from './tenant-types.ts';
import { type Write, writeCommand } from './write-command.ts';

/**
 * The whole door of one resource type (RFC 7644 §3.3 to §3.6): the writes beside the reads. It decides nothing that needs the stored resource: that is the directory's, under its lock.
 */
export abstract class ResourcesController extends ReadsController {
  protected constructor(
    directory: RabbitClient,
    private readonly baseUrl: BaseUrl,
    private readonly kind: keyof Types,
    private readonly patterns: typeof USERS | typeof GROUPS,
  ) {
    super(directory, patterns);
  }

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    await this.write(request, reply, command, { method: 'POST', body: readJson(request) });
  }

  @Put(':id')
  async replace(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    await this.write(request, reply, command, { method: 'PUT', id, body: readJson(request), ...conditions(request) });
  }

  @Patch(':id')
  async patch(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const command = this.command(request);
    await this.write(request, reply, command, { method: 'PATCH', id, body: readJson(request), ...conditions(request) });
  }

  @Delete(':id')
  async delete(@Param('id', resourceId) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.write(request, reply, this.command(request), { method: 'DELETE', id, ...conditions(request) });
  }

  private async write(request: FastifyRequest, reply: FastifyReply, command: ResourceCommand, write: Write) {
    const order = writeCommand({ type: this.type(request), patterns: this.patterns }, command, write);
    sendAnswer(reply, await this.directory.ask(order.pattern, order.command, nextCommand(reply)));
  }

  protected override command(request: FastifyRequest): ResourceCommand {
    return commandOn(this.type(request), request, this.baseUrl);
  }

  protected override type({ identity }: FastifyRequest): ResourceType {
    return typesOf(identity)[this.kind];
  }
}

function conditions({ headers }: FastifyRequest): Pick<Write, 'ifMatch' | 'ifNoneMatch'> {
  return { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
}
