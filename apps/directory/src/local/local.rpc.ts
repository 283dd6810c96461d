import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  CreateLocalGroup,
  CreateLocalUser,
  ListGroupMembers,
  ListLocal,
  LOCAL_GROUPS,
  LOCAL_USERS,
  NameGroup,
  ProtectGroup,
  SignIn,
} from '#directory-api/admin';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import { causeOf } from '../commands/command.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { GroupsService } from '../groups/groups.service.ts';
import { LocalService } from './local.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class LocalRpc {
  constructor(
    @Inject(LocalService) private readonly local: LocalService,
    @Inject(GroupsService) private readonly groups: GroupsService,
  ) {}

  @MessagePattern(LOCAL_USERS.create)
  async createUser(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const { id, userName } = await this.local.createUser(valid(CreateLocalUser, payload), causeOf(context));
    return Answer.json(201, { id, userName });
  }

  @MessagePattern(LOCAL_USERS.signIn)
  async signIn(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const { id, userName, firstSignedInAt } = await this.local.signIn(valid(SignIn, payload), causeOf(context));
    return Answer.json(200, { id, userName, firstSignedInAt });
  }

  @MessagePattern(LOCAL_USERS.list)
  async listUsers(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.local.listUsers(valid(ListLocal, payload)));
  }

  @MessagePattern(LOCAL_GROUPS.create)
  async createGroup(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(CreateLocalGroup, payload);
    const { id, displayName } = await this.local.createGroup(command, causeOf(context));
    return Answer.json(201, { id, displayName, members: command.members.length + (command.groups?.length ?? 0) });
  }

  @MessagePattern(LOCAL_GROUPS.protect)
  async protectGroup(@Payload() payload: unknown): Promise<Answer> {
    const { id, displayName, protected: on } = await this.groups.protect(valid(ProtectGroup, payload));
    return Answer.json(200, { id, displayName, protected: on });
  }

  @MessagePattern(LOCAL_GROUPS.unlink)
  async unlinkGroup(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const { id, displayName } = await this.groups.unlinkByName(valid(NameGroup, payload), causeOf(context));
    return Answer.json(200, { id, displayName });
  }

  @MessagePattern(LOCAL_GROUPS.members)
  async listGroupMembers(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.groups.members(valid(ListGroupMembers, payload)));
  }

  @MessagePattern(LOCAL_GROUPS.list)
  async listGroups(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.local.listGroups(valid(ListLocal, payload)));
  }
}
