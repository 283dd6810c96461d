import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  CreateResource,
  DeleteResource,
  GetResource,
  GROUPS,
  ListResources,
  PatchResource,
  ReplaceResource,
  type ScimCommand,
} from '#directory-api/scim-command';
import type { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import type { ResourceType } from '#scim/schema';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { listAnswer, noContent, readAnswer, resourceAnswer } from '../commands/scim-answer.ts';
import { TenantTypes } from '../schemas/tenant-types.ts';
import { GroupsService } from './groups.service.ts';

/** The directory's door for commands on groups. */
@Controller()
@UseFilters(RefusalFilter)
export class GroupsRpc {
  constructor(
    @Inject(GroupsService) private readonly groups: GroupsService,
    @Inject(TenantTypes) private readonly types: TenantTypes,
  ) {}

  @MessagePattern(GROUPS.create)
  async create(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(CreateResource, payload);
    return resourceAnswer(201, await this.groups.create(command, context), await this.type(command), command);
  }

  @MessagePattern(GROUPS.get)
  async get(@Payload() payload: unknown): Promise<Answer> {
    const command = valid(GetResource, payload);
    return readAnswer(await this.groups.get(command), await this.type(command), command);
  }

  @MessagePattern(GROUPS.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    const command = valid(ListResources, payload);
    return listAnswer(await this.groups.list(command), await this.type(command), command);
  }

  @MessagePattern(GROUPS.replace)
  async replace(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(ReplaceResource, payload);
    return resourceAnswer(200, await this.groups.replace(command, context), await this.type(command), command);
  }

  /** 204: a group's body may be a million members; it is sent only to who asks for attributes (RFC 7644 §3.5.2). */
  @MessagePattern(GROUPS.patch)
  async patch(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(PatchResource, payload);
    const version = await this.groups.patch(command, context);
    if (command.attributes === undefined) return noContent(version);
    return resourceAnswer(200, await this.groups.get(command), await this.type(command), command);
  }

  @MessagePattern(GROUPS.delete)
  async delete(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    await this.groups.delete(valid(DeleteResource, payload), context);
    return noContent();
  }

  private async type(command: ScimCommand): Promise<ResourceType> {
    return (await this.types.of(command)).group;
  }
}
