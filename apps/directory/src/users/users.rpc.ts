import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  CreateResource,
  DeleteResource,
  GetResource,
  ListResources,
  PatchResource,
  ReplaceResource,
  type ScimCommand,
  USERS,
} from '#directory-api/scim-command';
import type { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import type { ResourceType } from '#scim/schema';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { listAnswer, noContent, readAnswer, resourceAnswer } from '../commands/scim-answer.ts';
import { TenantTypes } from '../schemas/tenant-types.ts';
import { UsersService } from './users.service.ts';

/** The directory's door for commands on users. */
@Controller()
@UseFilters(RefusalFilter)
export class UsersRpc {
  constructor(
    @Inject(UsersService) private readonly users: UsersService,
    @Inject(TenantTypes) private readonly types: TenantTypes,
  ) {}

  @MessagePattern(USERS.create)
  async create(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(CreateResource, payload);
    return resourceAnswer(201, await this.users.create(command, context), await this.type(command), command);
  }

  @MessagePattern(USERS.get)
  async get(@Payload() payload: unknown): Promise<Answer> {
    const command = valid(GetResource, payload);
    return readAnswer(await this.users.get(command), await this.type(command), command);
  }

  @MessagePattern(USERS.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    const command = valid(ListResources, payload);
    return listAnswer(await this.users.list(command), await this.type(command), command);
  }

  @MessagePattern(USERS.replace)
  async replace(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(ReplaceResource, payload);
    return resourceAnswer(200, await this.users.replace(command, context), await this.type(command), command);
  }

  @MessagePattern(USERS.patch)
  async patch(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(PatchResource, payload);
    return resourceAnswer(200, await this.users.patch(command, context), await this.type(command), command);
  }

  @MessagePattern(USERS.delete)
  async delete(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    await this.users.delete(valid(DeleteResource, payload), context);
    return noContent();
  }

  private async type(command: ScimCommand): Promise<ResourceType> {
    return (await this.types.of(command)).user;
  }
}
